//! Money in pages: grouped, with its currency, and never told by colour alone.

use florin_kernel::Money;
use maud::{Markup, html};

/// An amount, such as `1,234.56 EUR`.
pub(crate) fn money(money: Money) -> Markup {
    html! { data.money value={ (money.decimal()) " " (money.currency().code()) } { (plain_money(money)) } }
}

/// What an amount does to somebody's balance, with its sign: `+5.00 EUR`, `−5.00 EUR`.
pub(crate) fn signed_money(money: Money) -> Markup {
    let (class, plus) = if money.minor() > 0 { ("money in", "+") } else { ("money", "") };
    html! {
        data class=(class) value={ (money.decimal()) " " (money.currency().code()) } { (plus) (plain_money(money)) }
    }
}

/// An amount as text.
pub(crate) fn plain_money(money: Money) -> String {
    format!("{}\u{a0}{}", money.grouped(), money.currency().code())
}

#[cfg(test)]
mod tests {
    use florin_kernel::Currency;

    use super::*;

    #[test]
    fn amounts_are_grouped_and_carry_their_currency() {
        let told = |minor| plain_money(Money::new(minor, Currency::EUR)).replace('\u{a0}', " ");
        assert_eq!(told(123_456_789), "1,234,567.89 EUR");
        assert_eq!(told(100_000), "1,000.00 EUR");
        assert_eq!(told(99_999), "999.99 EUR");
        assert_eq!(told(-5), "−0.05 EUR");
    }

    #[test]
    fn what_comes_in_has_a_plus() {
        let told = |minor| signed_money(Money::new(minor, Currency::EUR)).0;
        assert!(told(500).contains("+5.00") && told(-500).contains("−5.00") && told(0).contains(">0.00"));
        assert!(told(-500).contains(r#"value="-5.00 EUR""#), "the value is for programs");
    }
}
