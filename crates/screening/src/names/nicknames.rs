//! Given names that are one name: spellings too far apart for a distance between letters, and short forms.

/// Each line is one name. Compiled from general knowledge of naming; spellings that fold to one sound are left out.
const SAME: &[&str] = &[
    "muhammad mohammed mohamed mohammad muhammed mehmet mohamad mohd mohamud mahomed muhamad mochammad maxamed magomed mamadou mamadu",
    "ahmad ahmed ahmet ahmat axmed akhmed",
    "mahmud mahmoud mahmood mehmood",
    "hussein husayn hussain husain houssein hossein huseyin xuseen",
    "hasan hassan hasen xasan",
    "yusuf youssef yousef yousuf youcef josef joseph yusef yousif iosif jose giuseppe josip",
    "ibrahim ebrahim abraham brahim ibraheem",
    "ismail ismael esmail smail ismaeel",
    "umar omar umer oumar omer",
    "usman osman uthman othman ousmane osmane",
    "usama osama oussama",
    "ali aly aliy",
    "abdallah abdullah abdulah abdellah abdulla abdilahi",
    "abdul abd abdel abdal abdu abdol abed abid abdi abdou",
    "abdurrahman abdulrahman abderrahmane abdurahman abdirahman abdelrahman abdarrahman abdorrahman",
    "abdulaziz abdelaziz abdolaziz",
    "abdulkarim abdelkrim abdelkarim",
    "abdulqadir abdelkader abdulkadir abdikadir abdulkader abdelqader",
    "khalid khaled halid haled chaled",
    "sulayman suleiman soleiman suliman sulaiman solomon suleyman slimane",
    "dawud daoud dawood daud david davud",
    "musa moussa moses moosa mousa",
    "isa issa eesa ciise jesus",
    "yahya yahia yehia",
    "yaqub yacoub yakub jacob yaqoob yacub yakoub",
    "ishaq isaac ishak eshaq",
    "harun haroun aaron haroon",
    "mustafa moustafa mostafa mustapha mustafah",
    "jamal gamal djamel cemal jamel",
    "jafar jaafar ja'far gaafar djaafar cafer",
    "jalal galal celal djalal",
    "karim kareem kerim krim",
    "rashid rasheed rachid reshid",
    "said saeed sayeed saeid sa'id",
    "sharif sherif shareef cherif charif",
    "tariq tarek tareq tarik",
    "uways aweys owais ovais",
    "zayd zaid zeid zied",
    "faysal faisal feisal faycal faysel",
    "nasir nasser naser nasr nacer",
    "mansur mansour mansoor",
    "qasim qassim kassem kasim qasem kacem ghasem",
    "rahman rehman rahmane raman",
    "aziz azeez",
    "fadl fadel fadhil fadil fazel fazil",
    "riyad riad riadh riyadh",
    "mukhtar mokhtar moktar muxtar akhtar",
    "ayman aiman aymen",
    "hamza hamzah hamzeh",
    "bilal belal billal",
    "aisha ayesha aicha aysha",
    "fatima fatma fatimah",
    "maryam mariam miriam maria mary marie",
    "john jon johnny jack juan jean johann johannes giovanni ivan jan joao ioan hans",
    "william bill will billy guillermo guillaume wilhelm",
    "robert bob rob bobby roberto",
    "richard rick dick ricardo",
    "james jim jimmy jaime",
    "benjamin ben benny binyamin",
    "alexander alex aleksandr alexandr oleksandr sasha alejandro alexandre aliaksandr iskandar alessandro aleksandar",
    "vladimir volodymyr uladzimir wladimir volodimir vova",
    "sergei sergey serge serhiy sergio sergejs siarhei serhii",
    "dmitri dmitry dmitriy dmytro dimitri dmitrii",
    "nikolai nikolay mykola nicholas nicolas nick nikolaos",
    "michael mike mikhail michel miguel mykhailo mihail mikhael michele",
    "andrei andrey andrew andriy andreas andre andres andrea",
    "alexei aleksey alexey oleksiy aleksei",
    "yevgeny evgeny yevgeniy evgeni eugene yevhen evgenii evgeniy",
    "yuri yury yuriy iurii yurii juri",
    "igor ihor",
    "oleg oleh",
    "gennady gennadiy hennadiy gennadii",
    "grigory grigoriy gregory hryhoriy grigorii",
    "fyodor fedor theodore feodor",
    "peter pyotr petr pedro petro piotr pierre pietro",
    "paul pavel pavlo pablo paolo paulo",
    "stephen steven steve stefan stepan esteban etienne",
    "george georgi georgy jorge yurgi giorgi georgiy georg",
    "francis frank francisco francesco francois franz",
    "charles carlos karl carl carlo chuck charlie",
    "henry enrique henri heinrich enrico harry",
    "louis luis luigi ludwig luiz",
    "anthony tony antonio anton antoine",
    "thomas tom tommy tomas tommaso",
    "edward ed eddie eduardo edouard ted",
    "elizabeth liz beth elisabeth isabel",
    "catherine kate katherine ekaterina yekaterina katerina catarina",
    "kim gim",
    "pak park bak",
    "ri lee yi rhee li",
    "choe choi",
    "jong chong jung jeong chung",
    "yong young yeong",
    "hyok hyuk hyeok",
    "chol cheol chul",
    "song sung seong",
    "kyong kyung gyeong",
    "myong myung myeong",
    "un eun",
    "zhou chou",
    "zhang chang cheung",
    "xu hsu",
    "deng teng",
    "xiao hsiao",
];

/// The number of the name that a word is a spelling of.
pub fn same_name(word: &str) -> Option<u16> {
    use std::collections::HashMap;
    use std::sync::LazyLock;
    static INDEX: LazyLock<HashMap<&'static str, u16>> = LazyLock::new(|| {
        let names = (0..).zip(SAME);
        names.flat_map(|(number, line)| line.split(' ').map(move |word| (word, number))).collect()
    });
    INDEX.get(word).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spelling_stands_under_two_names() {
        let mut seen = std::collections::BTreeSet::new();
        for word in SAME.iter().flat_map(|line| line.split(' ')) {
            assert!(seen.insert(word), "{word}");
        }
    }
}
