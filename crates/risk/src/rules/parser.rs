//! From words to trees: `or` binds least, then `and`, `not`, comparisons, sums, products.

use super::expression::{Binary, Expression, Literal, Measure, Node, Unary};
use super::fault::{Fault, Position};
use super::lexer::{Word, words};

/// How deep parts may lie in parts.
const DEPTH_MAX: u32 = 24;

/// Binary signs by how tightly they bind, the loosest first.
const LEVELS: [&[Binary]; 5] = [
    &[Binary::Or],
    &[Binary::And],
    &[
        Binary::Less,
        Binary::LessOrEqual,
        Binary::Greater,
        Binary::GreaterOrEqual,
        Binary::Equal,
        Binary::Unequal,
    ],
    &[Binary::Plus, Binary::Minus],
    &[Binary::Times, Binary::Over],
];
/// The level of comparisons: they do not chain, and `not` stands before them.
const COMPARISONS: usize = 2;

impl Expression {
    /// Reads a condition. Whether its names are known is not asked.
    ///
    /// # Errors
    /// [`Fault`], with its place.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let words = words(text)?;
        let mut parser = Parser { words: &words, next: 0, depth: 0 };
        let expression = parser.level(0)?;
        match parser.peek() {
            (_, Word::End) => Ok(expression),
            (at, word) => Err(Fault::new(
                at,
                format!("{} is not expected here: join conditions with `and` or `or`", word.shown()),
            )),
        }
    }
}

impl Literal {
    /// Reads a number with its measure, and nothing else.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn parse(text: &str) -> Result<Self, Fault> {
        match Expression::parse(text)?.node {
            Node::Number(literal) => Ok(literal),
            _ => Err(Fault::new(
                Position { line: 1, column: 1 },
                "a number is wanted, such as `12`, `500 USD` or `2 days`",
            )),
        }
    }
}

struct Parser<'a> {
    words: &'a [(Position, Word)],
    next: usize,
    depth: u32,
}

impl Parser<'_> {
    fn peek(&self) -> (Position, &Word) {
        let last = || self.words.last();
        self.words
            .get(self.next)
            .or_else(last)
            .map_or((Position { line: 1, column: 1 }, &Word::End), |(at, word)| (*at, word))
    }

    fn takes(&mut self, wanted: &str) -> bool {
        let there = match self.peek().1 {
            Word::Sign(sign) => *sign == wanted,
            Word::Name(name) => name == wanted,
            Word::Number(_) | Word::Text(_) | Word::End => false,
        };
        self.next += usize::from(there);
        there
    }

    fn wants(&mut self, wanted: &str) -> Result<(), Fault> {
        let (at, word) = self.peek();
        let fault = Fault::new(at, format!("`{wanted}` is wanted here, not {}", word.shown()));
        if self.takes(wanted) { Ok(()) } else { Err(fault) }
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Fault::new(self.peek().0, "brackets lie too deep in each other"));
        }
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn level(&mut self, level: usize) -> Result<Expression, Fault> {
        let Some(signs) = LEVELS.get(level) else { return self.unary() };
        let (at, _) = self.peek();
        if level == COMPARISONS && self.takes("not") {
            let part = self.deeper(|parser| parser.level(COMPARISONS))?;
            return Ok(Expression { at, node: Node::Unary(Unary::Not, Box::new(part)) });
        }
        let mut left = self.level(level + 1)?;
        if level == COMPARISONS && self.takes("in") {
            return self.one_of(left);
        }
        while let Some(sign) = signs.iter().find(|sign| self.takes(sign.sign())) {
            let right = self.level(level + 1)?;
            left = Expression { at, node: Node::Binary(*sign, Box::new(left), Box::new(right)) };
            if level == COMPARISONS {
                break;
            }
        }
        Ok(left)
    }

    fn one_of(&mut self, left: Expression) -> Result<Expression, Fault> {
        let Node::Name(name) = left.node else {
            return Err(Fault::new(left.at, "only `kind`, `country` and `currency` stand before `in`"));
        };
        self.wants("[")?;
        let mut texts = Vec::new();
        loop {
            let (at, word) = self.peek();
            let Word::Text(text) = word else {
                return Err(Fault::new(
                    at,
                    format!("a text in quotation marks is wanted here, not {}", word.shown()),
                ));
            };
            texts.push(text.clone());
            self.next += 1;
            if !self.takes(",") {
                break;
            }
        }
        self.wants("]")?;
        Ok(Expression { at: left.at, node: Node::OneOf(name, texts) })
    }

    fn unary(&mut self) -> Result<Expression, Fault> {
        let (at, word) = self.peek();
        let word = word.clone();
        if self.takes("-") {
            let part = self.deeper(Self::unary)?;
            return Ok(Expression { at, node: Node::Unary(Unary::Minus, Box::new(part)) });
        }
        if self.takes("(") {
            let part = self.deeper(|parser| parser.level(0))?;
            self.wants(")")?;
            return Ok(part);
        }
        self.next += 1;
        let node = match word {
            Word::Number(digits) => self.number(digits),
            Word::Text(text) => Node::Text(text),
            Word::Name(name) => self.name(name, at)?,
            Word::Sign(_) | Word::End => {
                return Err(Fault::new(
                    at,
                    format!("a feature, a number or a bracket is wanted here, not {}", word.shown()),
                ));
            }
        };
        Ok(Expression { at, node })
    }

    fn number(&mut self, digits: String) -> Node {
        let measure = match self.peek().1 {
            Word::Name(name) => match name.as_str() {
                "percent" => Some(Measure::Percent),
                "second" | "seconds" => Some(Measure::Time(1)),
                "minute" | "minutes" => Some(Measure::Time(60)),
                "hour" | "hours" => Some(Measure::Time(3_600)),
                "day" | "days" => Some(Measure::Time(86_400)),
                code if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()) => {
                    Some(Measure::Money(code.to_owned()))
                }
                _ => None,
            },
            _ => None,
        };
        self.next += usize::from(measure.is_some());
        Node::Number(Literal { digits, measure: measure.unwrap_or(Measure::Plain) })
    }

    fn name(&mut self, name: String, at: Position) -> Result<Node, Fault> {
        let called = matches!(self.peek().1, Word::Sign("("));
        match (name.as_str(), called) {
            ("true" | "false", false) => Ok(Node::Truth(name == "true")),
            ("and" | "or" | "not" | "in", _) => {
                Err(Fault::new(at, format!("a condition is wanted before `{name}`")))
            }
            (_, false) => Ok(Node::Name(name)),
            ("known" | "blocked" | "allowed", true) => self.asked(&name),
            ("abs" | "min" | "max", true) => self.deeper(|parser| parser.computed(&name)),
            _ => Err(Fault::new(
                at,
                format!("there is no function `{name}`: there are known, blocked, allowed, abs, min and max"),
            )),
        }
    }

    /// `known(feature)`, `blocked(dimension)`, `blocked()`.
    fn asked(&mut self, name: &str) -> Result<Node, Fault> {
        self.wants("(")?;
        let (at, word) = self.peek();
        let inner = match word {
            Word::Name(inner) => Some(inner.clone()),
            _ => None,
        };
        self.next += usize::from(inner.is_some());
        if name == "known" && inner.is_none() {
            return Err(Fault::new(at, "the name of a feature is wanted here"));
        }
        self.wants(")")?;
        Ok(match inner {
            Some(inner) if name == "known" => Node::Known(inner),
            dimension => Node::Listed { blocked: name == "blocked", dimension },
        })
    }

    fn computed(&mut self, name: &str) -> Result<Node, Fault> {
        self.wants("(")?;
        let one = Box::new(self.level(0)?);
        let node = if name == "abs" {
            Node::Unary(Unary::Absolute, one)
        } else {
            self.wants(",")?;
            let binary = if name == "min" { Binary::Least } else { Binary::Greatest };
            Node::Binary(binary, one, Box::new(self.level(0)?))
        };
        self.wants(")")?;
        Ok(node)
    }
}
