//! Conditions as trees, and as text again.

use std::fmt;

use super::fault::Position;

/// A part of a condition, with its place in the text. Equal where it says the same, wherever it stands.
#[derive(Clone, Debug)]
pub struct Expression {
    /// Where it begins.
    pub at: Position,
    /// What it says.
    pub node: Node,
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

/// What a part of a condition says.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A number with its measure.
    Number(Literal),
    /// `true` or `false`.
    Truth(bool),
    /// Text in quotes.
    Text(String),
    /// A feature or a field of the attempt.
    Name(String),
    /// `known(feature)`.
    Known(String),
    /// `blocked(ip)`, `allowed(user)`; of any dimension without one.
    Listed {
        /// Whether it asks about blocks.
        blocked: bool,
        /// Of what.
        dimension: Option<String>,
    },
    /// `field in ["a", "b"]`.
    OneOf(String, Vec<String>),
    /// Of one part.
    Unary(Unary, Box<Expression>),
    /// Of two parts.
    Binary(Binary, Box<Expression>, Box<Expression>),
}

/// A number as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// Its digits, with a point or none.
    pub digits: String,
    /// What it counts.
    pub measure: Measure,
}

/// What a number counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Nothing in particular.
    Plain,
    /// Hundredths.
    Percent,
    /// Seconds, minutes, hours or days, as so many seconds.
    Time(u32),
    /// Major units of a currency.
    Money(String),
}

/// What is made of one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unary {
    /// The opposite.
    Not,
    /// The negative.
    Minus,
    /// Without its sign.
    Absolute,
}

/// What is made of two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are what they are called")]
pub enum Binary {
    Or,
    And,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    Unequal,
    Plus,
    Minus,
    Times,
    Over,
    Least,
    Greatest,
}

impl Binary {
    pub(super) const fn sign(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Equal => "==",
            Self::Unequal => "!=",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Times => "*",
            Self::Over => "/",
            Self::Least => "min",
            Self::Greatest => "max",
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.digits)?;
        match &self.measure {
            Measure::Plain => Ok(()),
            Measure::Percent => f.write_str(" percent"),
            Measure::Time(1) => f.write_str(" seconds"),
            Measure::Time(60) => f.write_str(" minutes"),
            Measure::Time(3_600) => f.write_str(" hours"),
            Measure::Time(_) => f.write_str(" days"),
            Measure::Money(code) => write!(f, " {code}"),
        }
    }
}

/// With brackets around everything that has parts, so that it reads back the same.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.node {
            Node::Number(literal) => literal.fmt(f),
            Node::Truth(truth) => truth.fmt(f),
            Node::Text(text) => write!(f, "\"{text}\""),
            Node::Name(name) => f.write_str(name),
            Node::Known(name) => write!(f, "known({name})"),
            Node::Listed { blocked, dimension } => {
                f.write_str(if *blocked { "blocked" } else { "allowed" })?;
                write!(f, "({})", dimension.as_deref().unwrap_or_default())
            }
            Node::OneOf(name, texts) => {
                let texts: Vec<String> = texts.iter().map(|text| format!("\"{text}\"")).collect();
                write!(f, "({name} in [{}])", texts.join(", "))
            }
            Node::Unary(Unary::Not, part) => write!(f, "(not {part})"),
            Node::Unary(Unary::Minus, part) => write!(f, "(-{part})"),
            Node::Unary(Unary::Absolute, part) => write!(f, "abs({part})"),
            Node::Binary(binary @ (Binary::Least | Binary::Greatest), one, other) => {
                write!(f, "{}({one}, {other})", binary.sign())
            }
            Node::Binary(binary, one, other) => write!(f, "({one} {} {other})", binary.sign()),
        }
    }
}
