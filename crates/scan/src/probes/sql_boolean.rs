//! SQL injection that shows itself by answering conditions.

use crate::ask::{Exchange, Found, Scan};
use crate::error::Stop;
use crate::finding::{Rule, Severity};
use crate::probes::injection::Spot;
use crate::probes::shape::shape;

pub(crate) static BOOLEAN: Rule = Rule {
    id: "sql-injection-boolean",
    title: "SQL injection, shown by the answers to conditions",
    cwe: 89,
    severity: Severity::Critical,
    remedy: "Bind values as parameters of a prepared statement; take names of columns from a fixed list.",
};
pub(crate) const RULES: &[&Rule] = &[&BOOLEAN];

/// Conditions in the places where a value may stand: `V` is the value, `A` and `B` are what is compared.
const CONTEXTS: &[&str] =
    &["V AND A=B", "V' AND 'A'='B", "V' OR 'A'='B", "V%' AND 'A%'='B", "V\" AND \"A\"=\"B", "V) AND (A=B"];
/// How often the same must be seen with other numbers.
const AGAIN: usize = 2;

pub(crate) async fn run(scan: &mut Scan, spot: &Spot) -> Result<bool, Stop> {
    if !spot.steady || spot.base.1.status == 0 {
        return Ok(false);
    }
    for context in CONTEXTS {
        let conjunction = context.contains(" AND ");
        // A condition that is added to nothing found says nothing.
        let value = if conjunction { spot.sample.clone() } else { scan.chance.word() };
        let Some(seen) = differs(scan, spot, context, &value).await? else { continue };
        let mut confirmed = true;
        for _ in 0..AGAIN {
            // Other numbers, the same answers: what merely comes back changes with them.
            let again = differs(scan, spot, context, &value).await?;
            confirmed = confirmed
                && again.is_some_and(|again| again.truth == seen.truth && again.falsehood == seen.falsehood);
        }
        // What merely looks at the characters would see no difference between a condition and nonsense of its kind.
        if confirmed && !nonsense_passes(scan, spot, context, &value).await? {
            let detail = format!(
                "`{}` takes conditions of SQL: true and false ones are answered differently",
                spot.name
            );
            scan.report(Found::certain(&BOOLEAN, detail, &seen.exchanges).in_parameter(&spot.name));
            return Ok(true);
        }
    }
    Ok(false)
}

/// A true condition and a false one, and how they were answered.
struct Told {
    exchanges: [Exchange; 2],
    truth: String,
    falsehood: String,
}

/// Asks a true condition and a false one; both when they are told apart and the true one is as if it was not there.
async fn differs(scan: &mut Scan, spot: &Spot, context: &str, value: &str) -> Result<Option<Told>, Stop> {
    let (one, other) = (scan.chance.number().to_string(), scan.chance.number().to_string());
    let (yes, no) = (filled(context, value, &one, &one), filled(context, value, &one, &other));
    let first = spot.put(scan, &yes).await?;
    let second = spot.put(scan, &no).await?;
    let (truth, falsehood) = (shape(&first.1, &[&yes, value]), shape(&second.1, &[&no, value]));
    let as_before = !context.contains(" AND ") || truth == spot.base_shape();
    let usable = first.1.status < 500 && first.1.status != 0 && second.1.status != 429;
    let told = usable && truth != falsehood && as_before;
    Ok(told.then_some(Told { exchanges: [first, second], truth, falsehood }))
}

/// Whether the same characters in an order that no database reads are answered as the true condition is.
async fn nonsense_passes(scan: &mut Scan, spot: &Spot, context: &str, value: &str) -> Result<bool, Stop> {
    let number = scan.chance.number().to_string();
    let yes = filled(context, value, &number, &number);
    let mad = filled(&context.replace(" AND ", " DNA ").replace(" OR ", " RO "), value, &number, &number);
    let truth = spot.put(scan, &yes).await?.1;
    let answer = spot.put(scan, &mad).await?.1;
    Ok(shape(&truth, &[&yes, value]) == shape(&answer, &[&mad, value]))
}

fn filled(context: &str, value: &str, one: &str, other: &str) -> String {
    let parts = context.replace("AND", "\u{1}").replace('A', one).replace('B', other).replace('\u{1}', "AND");
    let at = parts.find('V').unwrap_or(0);
    let (before, after) = parts.split_at(at);
    format!("{before}{value}{}", after.get(1..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_is_filled_with_its_values() {
        assert_eq!(filled("V' AND 'A'='B", "x", "1", "2"), "x' AND '1'='2");
        assert_eq!(filled("V%' AND 'A%'='B", "VAB", "1", "2"), "VAB%' AND '1%'='2");
    }
}
