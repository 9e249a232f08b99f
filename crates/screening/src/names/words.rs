//! Words of names that name nobody by themselves.

use super::edit::cost;

/// Particles between the parts of a person's name, in many languages.
const PARTICLES: &str = " al el ul ur as ash ad ar at az an bin ben ibn bint bent binti abu abou aboo umm um oum \
de da do dos das del della di du des la le les los las van von der den ter ten te zu zum und y e i of the wa na ould ag \
walad san ";

/// Forms of address, ranks and religious honours.
const TITLES: &str = " mr mrs ms miss dr prof professor sir lord lady sheikh shaikh shaykh sheik cheikh mullah mulla maulavi \
mawlawi maulawi moulavi mawlana maulana haji hajji hajj hadji haj qari qazi sayyid sayed sayyed seyed syed general gen \
colonel col lieutenant lt major maj captain capt brigadier admiral commander jr sr junior senior mme monsieur madame herr \
frau don dona alhaj alhaji al-haj ustad ustaz ayatollah imam hafiz emir amir prince princess king esq phd md mufti doctor \
engineer eng ing molla moulana maulvi ";

/// Legal forms, each canonical form with its spellings.
const FORMS: &[(&str, &str)] = &[
    (
        "llc",
        "llc ooo tov lc gmbh srl sarl sprl bvba limitada ltda eurl spzoo zoo sro doo kft oue lda llp wll fzc fze fzco",
    ),
    ("ltd", "ltd limited ltee pvt pte pty bhd berhad sdn private ptt ltdsti tic san"),
    ("corp", "inc incorporated corp corporation incorporation"),
    ("co", "co company cie compania compagnie cia cos kompaniya"),
    (
        "jsc",
        "jsc ojsc pjsc cjsc oao zao pao ao as asa ab oy oyj plc sa spa ag nv se kgaa ad pt tbk sab pcl tas",
    ),
    ("lp", "lp kg gp ohg snc scs cv bv"),
    ("other", "sas sapi rl sc na eg ev kk gk aps reg"),
];

/// Legal forms of several words, and the one that stands for them.
const PHRASES: &[(&str, &str)] = &[
    ("gesellschaft mit beschrankter haftung", "gmbh"),
    ("societatea cu raspundere limitata", "srl"),
    ("societe a responsabilite limitee", "sarl"),
    ("sociedad de responsabilidad limitada", "srl"),
    ("obshchestvo s ogranichennoi otvetstvennostiu", "ooo"),
    ("obshchestvo s ogranichennoi otvetstvennostyu", "ooo"),
    ("limited liability company", "llc"),
    ("limited liability partnership", "llp"),
    ("public joint stock company", "pjsc"),
    ("closed joint stock company", "cjsc"),
    ("open joint stock company", "ojsc"),
    ("private joint stock company", "pjsc"),
    ("aktsionernoe obshchestvo", "ao"),
    ("joint stock company", "jsc"),
    ("public limited company", "plc"),
    ("sociedad anonima de capital variable", "sa"),
    ("sociedad anonima", "sa"),
    ("societe anonyme", "sa"),
    ("sociedade anonima", "sa"),
    ("naamloze vennootschap", "nv"),
    ("besloten vennootschap", "bv"),
    ("anonim sirketi", "as"),
    ("limited partnership", "lp"),
    ("free zone establishment", "fze"),
    ("aktiengesellschaft", "ag"),
    ("aktiebolag", "ab"),
    ("sa de cv", "sa"),
    ("s de rl de cv", "srl"),
    ("sde rl de cv", "srl"),
];

/// Words that many organisations have in their names; alone they name none.
const GENERIC: &str = " group international trading trade industries industry industrial general services service holding \
holdings enterprise enterprises bank banco banque import export imports exports foundation organisation organization \
association institute center centre committee company investment investments development management engineering \
technology technologies technical construction shipping line lines transport transportation logistics commercial \
commerce comercial comercializadora comercio distribuidora inversiones inversora agropecuaria ganaderia ganaderias \
inmobiliaria constructora servicios grupo empresa empresas industria industrias transportes exportadora importadora \
asesorias consultores administradora representaciones cooperativa sociedad compania internacional nacional national \
global systems solutions products production manufacturing factory works complex energy oil gas petroleum petrochemical \
petrochemicals chemical chemicals steel metal mining power electric electronics air airlines airways aviation aerospace \
marine maritime navigation tourism travel hotel exchange finance financial capital fund funds trust insurance real estate \
property properties medical pharmaceutical university school college academy research science scientific ministry \
department office agency authority army force forces security defense defence military party front movement \
islamic people peoples republic state government federation union league society charity relief humanitarian aid \
business partners partnership consulting consultants communications telecommunications media new union network ";

/// Words that are written in two ways: the second stands for both.
const SPELLINGS: &[(&str, &str)] = &[
    ("organisation", "organization"),
    ("labour", "labor"),
    ("centre", "center"),
    ("defence", "defense"),
    ("intl", "international"),
    ("int", "international"),
    ("mfg", "manufacturing"),
    ("bros", "brothers"),
    ("dept", "department"),
    ("univ", "university"),
    ("grp", "group"),
    ("ind", "industries"),
    ("industry", "industries"),
    ("first", "1"),
    ("second", "2"),
    ("third", "3"),
    ("one", "1"),
    ("two", "2"),
    ("three", "3"),
    ("four", "4"),
    ("five", "5"),
    ("six", "6"),
    ("seven", "7"),
    ("eight", "8"),
    ("nine", "9"),
    ("ten", "10"),
    ("ii", "2"),
    ("iii", "3"),
    ("iv", "4"),
    ("vi", "6"),
    ("vii", "7"),
    ("viii", "8"),
    ("ix", "9"),
    ("xi", "11"),
    ("xii", "12"),
    ("xiii", "13"),
];

const TENS: &[(&str, u8)] = &[
    ("twenty", 20),
    ("thirty", 30),
    ("forty", 40),
    ("fifty", 50),
    ("sixty", 60),
    ("seventy", 70),
    ("eighty", 80),
];

fn among(words: &str, word: &str) -> bool {
    words.split(' ').any(|known| !known.is_empty() && known == word)
}

/// Whether a word is a particle of a person's name.
pub fn is_particle(word: &str) -> bool {
    among(PARTICLES, word)
}

/// Whether a word is a form of address, a rank, an honour.
pub fn is_title(word: &str) -> bool {
    among(TITLES, word)
}

/// Whether a word is one of many organisations' names.
pub fn is_generic(word: &str) -> bool {
    among(GENERIC, word)
}

/// Whether a word links others.
pub fn is_link(word: &str) -> bool {
    among(
        " the of and for a an und et y e de del la el los las le les di da do des du der die das to in on al ",
        word,
    )
}

/// What marks the name of a ship.
pub fn is_ship_mark(word: &str) -> bool {
    among(" mv mt ms ss my fv mts m/v ", word)
}

/// Legal forms that are long enough to be known with a letter wrong.
const LONG_FORMS: &[(&str, &str)] = &[
    ("limited", "ltd"),
    ("corporation", "corp"),
    ("company", "co"),
    ("incorporated", "corp"),
    ("limitada", "llc"),
    ("compania", "co"),
];

/// The canonical legal form that a word is a spelling of, or one of the long ones with a letter wrong.
pub fn legal_form(word: &str) -> Option<&'static str> {
    let known = FORMS.iter().find(|(_, spellings)| among(spellings, word)).map(|(form, _)| *form);
    let near = |(form, _): &&(&str, &str)| form.len().abs_diff(word.len()) <= 1 && cost(form, word) <= 1.01;
    known.or_else(|| LONG_FORMS.iter().find(near).map(|(_, form)| *form))
}

/// The one spelling of a word of an organisation.
pub fn spelling(word: &str) -> &str {
    SPELLINGS.iter().find(|(from, _)| *from == word).map_or(word, |(_, to)| to)
}

/// The same for a word that is not among the first, where `V` and `X` are numbers.
pub fn last_number(word: &str) -> &str {
    match word {
        "i" => "1",
        "v" => "5",
        "x" => "10",
        _ => spelling(word),
    }
}

/// The number that `forty` and `4` make together.
pub fn compound_number(tens: &str, unit: &str) -> Option<String> {
    let (_, tens) = TENS.iter().find(|(word, _)| *word == tens)?;
    let unit: u8 = unit.parse().ok().filter(|unit| (1..=9).contains(unit))?;
    Some((tens + unit).to_string())
}

/// Replaces legal forms of several words by one word; the text is words between single spaces.
pub fn shorten_forms(text: &str) -> String {
    let mut padded = format!(" {text} ");
    for (phrase, form) in PHRASES {
        if padded.contains(phrase) {
            padded = padded.replace(&format!(" {phrase} "), &format!(" {form} "));
        }
    }
    padded.trim().to_owned()
}
