//! The customers of the demonstration bank: all of them invented.

use florin_kernel::Currency;

/// What a customer lives on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Living {
    /// A household with a salary and a rent, a month, in minor units.
    Household { salary: i64, rent: i64, saves: bool },
    /// A shop that sells food.
    Grocer,
    /// A café.
    Cafe,
    /// A company that lets homes.
    Landlord,
}

/// A customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) email: &'static str,
    pub(super) currency: Currency,
    pub(super) living: Living,
}

const fn household(
    name: &'static str,
    email: &'static str,
    currency: Currency,
    salary: i64,
    rent: i64,
    saves: bool,
) -> Person {
    Person { name, email, currency, living: Living::Household { salary, rent, saves } }
}

const fn business(name: &'static str, email: &'static str, currency: Currency, living: Living) -> Person {
    Person { name, email, currency, living }
}

use Currency as C;

/// All of them. The first is the one whose password is printed.
pub(super) const PEOPLE: &[Person] = &[
    household("Ada Lindqvist", "ada.lindqvist@example.com", C::EUR, 342_000, 98_000, true),
    household("Bruno Castellani", "bruno.castellani@example.com", C::EUR, 287_500, 84_500, true),
    household("Céline Marchetti", "celine.marchetti@example.com", C::EUR, 415_000, 121_000, true),
    household("Dirk van Aalst", "dirk.vanaalst@example.org", C::EUR, 261_000, 79_000, false),
    household("Elif Yıldırım", "elif.yildirim@example.com", C::EUR, 308_000, 91_000, true),
    household("Fionn Gallagher", "fionn.gallagher@example.org", C::EUR, 244_000, 72_500, false),
    household("Greta Hollenbach", "greta.hollenbach@example.com", C::EUR, 376_000, 104_000, true),
    household("Henrik Solvang", "henrik.solvang@example.org", C::EUR, 329_000, 95_000, false),
    household("Imani Okafor", "imani.okafor@example.com", C::USD, 468_000, 155_000, true),
    household("Jack Whitcombe", "jack.whitcombe@example.com", C::USD, 352_000, 128_000, false),
    household("Kavya Raman", "kavya.raman@example.org", C::USD, 541_000, 172_000, true),
    household("Luis Fuentes", "luis.fuentes@example.com", C::USD, 298_000, 109_000, false),
    household("Mei Tanaka", "mei.tanaka@example.com", C::USD, 437_000, 149_000, true),
    household("Noah Brightwater", "noah.brightwater@example.org", C::CAD, 389_000, 134_000, true),
    household("Odile Tremblay", "odile.tremblay@example.com", C::CAD, 411_000, 127_000, true),
    household("Pavel Dvorsky", "pavel.dvorsky@example.com", C::CAD, 336_000, 118_000, false),
    household("Quinn Abernathy", "quinn.abernathy@example.org", C::CAD, 302_000, 99_500, false),
    household("Rosa Delacroix", "rosa.delacroix@example.com", C::CAD, 455_000, 141_000, true),
    business("Harbour Market", "till@harbour-market.example.org", C::EUR, Living::Grocer),
    business("Café Amsel", "till@cafe-amsel.example.org", C::EUR, Living::Cafe),
    business("Linden Homes", "rent@linden-homes.example.org", C::EUR, Living::Landlord),
    business("Maple & Main Grocery", "till@maple-main.example.org", C::USD, Living::Grocer),
    business("Corner Kettle Coffee", "till@corner-kettle.example.org", C::USD, Living::Cafe),
    business("Prairie Homes", "rent@prairie-homes.example.org", C::USD, Living::Landlord),
    business("Northside Foods", "till@northside-foods.example.org", C::CAD, Living::Grocer),
    business("Three Loons Café", "till@three-loons.example.org", C::CAD, Living::Cafe),
    business("Lakeview Rentals", "rent@lakeview-rentals.example.org", C::CAD, Living::Landlord),
];

/// The currencies of the bank.
pub(super) const CURRENCIES: [Currency; 3] = [C::EUR, C::USD, C::CAD];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_a_name_and_an_address_of_their_own_where_no_mail_arrives() {
        for (index, person) in PEOPLE.iter().enumerate() {
            person.name.parse::<florin_identity::FullName>().unwrap();
            person.email.parse::<florin_identity::Email>().unwrap();
            let (_, domain) = person.email.split_once('@').unwrap();
            assert!(domain.ends_with("example.org") || domain == "example.com", "{domain}");
            assert!(PEOPLE.iter().skip(index + 1).all(|other| other.email != person.email));
        }
    }

    #[test]
    fn every_currency_has_a_shop_a_cafe_and_a_landlord() {
        for currency in CURRENCIES {
            for living in [Living::Grocer, Living::Cafe, Living::Landlord] {
                let found = PEOPLE.iter().filter(|one| one.currency == currency && one.living == living);
                assert_eq!(found.count(), 1);
            }
        }
    }
}
