//! What a scan finds, and what it is worth.

/// How much harm a finding means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// A second lock that is missing.
    Low,
    /// Harm under circumstances.
    Medium,
    /// Harm to those who use the target.
    High,
    /// Harm to all of them.
    Critical,
}

impl Severity {
    /// All of them, the least first.
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// How sure the scan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Measured: times or statistics speak for it.
    Probable,
    /// Seen: the answers cannot be explained otherwise.
    Certain,
}

impl Confidence {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Probable => "probable",
            Self::Certain => "certain",
        }
    }
}

/// One kind of fault.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// A stable name.
    pub id: &'static str,
    /// What the fault is.
    pub title: &'static str,
    /// Its number in the Common Weakness Enumeration.
    pub cwe: u32,
    /// How bad it is.
    pub severity: Severity,
    /// What to do about it.
    pub remedy: &'static str,
}

/// A request and what it was answered, shortened and without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What was sent.
    pub request: String,
    /// What came back.
    pub response: String,
}

/// A fault of the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which kind.
    pub rule: &'static Rule,
    /// The method that was used.
    pub method: String,
    /// The path, with the names of its parameters in braces.
    pub path: String,
    /// The parameter, header or cookie at fault, if it is one.
    pub parameter: Option<String>,
    /// What was seen, in a sentence.
    pub detail: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// What was sent and answered.
    pub evidence: Vec<Evidence>,
}
