//! Conditions compiled: a flat program over a small stack, without loops or allocations.

use florin_kernel::Currency;

use super::check::{self, Field, called};
use super::expression::{Binary, Expression, Node, Unary};
use super::fault::Fault;
use crate::attempt::Attempt;
use crate::features::Unit;
use crate::ruling::{ListHit, Listed};

/// The deepest stack that a program may need.
const STACK: usize = 32;
/// The most steps of a program.
const STEPS: usize = 1_024;

/// A condition that was checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition(Box<[Step]>);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Push(f64),
    Feature(u16),
    Known(u16),
    /// Whether a text field is the one of this number.
    Is(Field, u32),
    Blocked(u16),
    Allowed(u16),
    /// A feature that is true or not: what is not known is not true.
    Truth,
    Not,
    Minus,
    Absolute,
    Two(Binary),
    /// Goes on after so many steps if the top is false, and takes it away otherwise.
    UnlessTrue(u16),
    UnlessFalse(u16),
}

/// What conditions are asked about.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    features: &'a [f64],
    kind: u32,
    country: Option<u32>,
    currency: u32,
    blocked: u16,
    allowed: u16,
}

impl<'a> Scene<'a> {
    /// An attempt, its features, and what lists say of it.
    pub fn new(attempt: &Attempt, features: &'a [f64], listed: &Listed) -> Self {
        let bits = |hits: &[ListHit]| hits.iter().fold(0, |bits, hit| bits | check::bit(hit.dimension));
        Self {
            features,
            kind: check::of_kind(attempt.kind),
            country: attempt.country.map(check::of_country),
            currency: check::of_currency(attempt.currency),
            blocked: bits(&listed.blocks),
            allowed: bits(&listed.allows),
        }
    }

    fn field(&self, field: Field) -> Option<u32> {
        match field {
            Field::Kind => Some(self.kind),
            Field::Country => self.country,
            Field::Currency => Some(self.currency),
        }
    }

    fn feature(&self, feature: u16) -> f64 {
        self.features.get(usize::from(feature)).copied().unwrap_or(f64::NAN)
    }
}

impl Condition {
    /// Checks a condition against the table of features, and compiles it.
    ///
    /// # Errors
    /// [`Fault`]: a name that is not known, unlike things compared, a condition that is no condition.
    pub fn compile(expression: &Expression, reference: Currency) -> Result<Self, Fault> {
        let mut compiler = Compiler { reference, steps: Vec::new() };
        let unit = compiler.compile(expression)?;
        if unit != Unit::Truth {
            let message = format!("a condition is true or false, and this is {}", called(unit));
            return Err(Fault::new(expression.at, message));
        }
        let condition = Self(compiler.steps.into());
        if condition.0.len() > STEPS || condition.depth() > STACK {
            return Err(Fault::new(expression.at, "this condition is too long: make two rules of it"));
        }
        Ok(condition)
    }

    /// How deep its stack gets.
    fn depth(&self) -> usize {
        let (mut depth, mut deepest) = (0_usize, 0_usize);
        for step in &self.0 {
            match step {
                Step::Push(_)
                | Step::Feature(_)
                | Step::Known(_)
                | Step::Is(..)
                | Step::Blocked(_)
                | Step::Allowed(_) => depth += 1,
                Step::Two(_) | Step::UnlessTrue(_) | Step::UnlessFalse(_) => depth = depth.saturating_sub(1),
                Step::Truth | Step::Not | Step::Minus | Step::Absolute => {}
            }
            deepest = deepest.max(depth);
        }
        deepest
    }

    /// Whether it holds.
    pub fn holds(&self, scene: &Scene<'_>) -> bool {
        let mut stack = Stack { values: [0.0; STACK], height: 0 };
        let mut next = 0_usize;
        while let Some(step) = self.0.get(next) {
            next += 1;
            match *step {
                Step::Push(value) => stack.push(value),
                Step::Feature(feature) => stack.push(scene.feature(feature)),
                Step::Known(feature) => stack.push(truth(!scene.feature(feature).is_nan())),
                Step::Is(field, code) => stack.push(truth(scene.field(field) == Some(code))),
                Step::Blocked(bits) => stack.push(truth(scene.blocked & bits != 0)),
                Step::Allowed(bits) => stack.push(truth(scene.allowed & bits != 0)),
                Step::Truth => stack.with(|top| truth(top == 1.0)),
                Step::Not => stack.with(|top| truth(top == 0.0)),
                Step::Minus => stack.with(|top| -top),
                Step::Absolute => stack.with(f64::abs),
                Step::Two(binary) => {
                    let right = stack.pop();
                    stack.with(|left| two(binary, left, right));
                }
                Step::UnlessTrue(steps) => next += stack.skip(0.0, steps),
                Step::UnlessFalse(steps) => next += stack.skip(1.0, steps),
            }
        }
        stack.pop() == 1.0
    }
}

struct Stack {
    values: [f64; STACK],
    height: usize,
}

impl Stack {
    fn push(&mut self, value: f64) {
        if let Some(slot) = self.values.get_mut(self.height) {
            *slot = value;
        }
        self.height += 1;
    }

    fn pop(&mut self) -> f64 {
        self.height = self.height.saturating_sub(1);
        self.values.get(self.height).copied().unwrap_or(0.0)
    }

    fn with(&mut self, change: impl FnOnce(f64) -> f64) {
        if let Some(top) = self.values.get_mut(self.height.saturating_sub(1)) {
            *top = change(*top);
        }
    }

    /// How many steps to leave out, because the top decides already; else it is taken away.
    fn skip(&mut self, decides: f64, steps: u16) -> usize {
        let top = self.pop();
        if top != decides {
            return 0;
        }
        self.push(top);
        usize::from(steps)
    }
}

fn truth(truth: bool) -> f64 {
    if truth { 1.0 } else { 0.0 }
}

/// Of what is not known nothing is true, not even that it differs.
fn two(binary: Binary, left: f64, right: f64) -> f64 {
    let known = !left.is_nan() && !right.is_nan();
    match binary {
        Binary::Less => truth(left < right),
        Binary::LessOrEqual => truth(left <= right),
        Binary::Greater => truth(left > right),
        Binary::GreaterOrEqual => truth(left >= right),
        Binary::Equal => truth(left == right),
        Binary::Unequal => truth(known && left != right),
        Binary::Plus => left + right,
        Binary::Minus => left - right,
        Binary::Times | Binary::And => left * right,
        Binary::Over => left / right,
        Binary::Least if known => left.min(right),
        Binary::Greatest if known => left.max(right),
        Binary::Least | Binary::Greatest => f64::NAN,
        Binary::Or => left.max(right),
    }
}

struct Compiler {
    reference: Currency,
    steps: Vec<Step>,
}

impl Compiler {
    fn compile(&mut self, expression: &Expression) -> Result<Unit, Fault> {
        let at = expression.at;
        match &expression.node {
            Node::Number(literal) => {
                let (value, unit) = check::value(literal, self.reference, at)?;
                self.steps.push(Step::Push(value));
                Ok(unit)
            }
            Node::Truth(value) => Ok(self.push(Step::Push(truth(*value)))),
            Node::Text(text) => Err(Fault::new(
                at,
                format!("\"{text}\" is compared with `kind`, `country` or `currency` only"),
            )),
            Node::Name(name) => {
                if Field::find(name).is_some() {
                    return Err(Fault::new(at, format!("`{name}` is compared with a text: {name} == \"…\"")));
                }
                let (feature, unit) = check::feature(name, at)?;
                self.steps.push(Step::Feature(feature));
                if unit == Unit::Truth {
                    self.steps.push(Step::Truth);
                }
                Ok(unit)
            }
            Node::Known(name) => check::feature(name, at).map(|(feature, _)| self.push(Step::Known(feature))),
            Node::Listed { blocked, dimension } => {
                let bits = check::dimension(dimension.as_deref(), at)?;
                Ok(self.push(if *blocked { Step::Blocked(bits) } else { Step::Allowed(bits) }))
            }
            Node::OneOf(name, texts) => self.one_of(name, texts, expression),
            Node::Unary(unary, part) => self.unary(*unary, part),
            Node::Binary(binary, one, other) => self.binary(*binary, one, other),
        }
    }

    fn push(&mut self, step: Step) -> Unit {
        self.steps.push(step);
        Unit::Truth
    }

    fn one_of(&mut self, name: &str, texts: &[String], whole: &Expression) -> Result<Unit, Fault> {
        let field = Field::find(name).ok_or_else(|| {
            Fault::new(
                whole.at,
                format!("`{name}` is no text: only `kind`, `country` and `currency` stand before `in`"),
            )
        })?;
        for (at, text) in texts.iter().enumerate() {
            if at > 0 {
                self.steps.push(Step::UnlessFalse(self.after(texts.len() - at)));
            }
            let step = Step::Is(field, field.code(text, whole.at)?);
            self.steps.push(step);
        }
        Ok(Unit::Truth)
    }

    /// How many steps are left of a row of so many texts, each but the last followed by a jump.
    #[expect(clippy::unused_self, reason = "it is about this program")]
    fn after(&self, texts: usize) -> u16 {
        u16::try_from(texts.saturating_mul(2).saturating_sub(1)).unwrap_or(u16::MAX)
    }

    fn unary(&mut self, unary: Unary, part: &Expression) -> Result<Unit, Fault> {
        let unit = self.compile(part)?;
        let step = match unary {
            Unary::Not => Step::Not,
            Unary::Minus => Step::Minus,
            Unary::Absolute => Step::Absolute,
        };
        if (unary == Unary::Not) != (unit == Unit::Truth) {
            let wanted = if unary == Unary::Not { "true or false" } else { "a number" };
            return Err(Fault::new(
                part.at,
                format!("{wanted} is wanted here, and this is {}", called(unit)),
            ));
        }
        self.steps.push(step);
        Ok(unit)
    }

    fn binary(&mut self, binary: Binary, one: &Expression, other: &Expression) -> Result<Unit, Fault> {
        if matches!(binary, Binary::And | Binary::Or) {
            return self.joined(binary, one, other);
        }
        if matches!(binary, Binary::Equal | Binary::Unequal)
            && let (Node::Name(name), Node::Text(text)) = (&one.node, &other.node)
        {
            self.one_of(name, std::slice::from_ref(text), one)?;
            // A country that is not known differs from none.
            if binary == Binary::Unequal {
                self.steps.push(Step::Not);
            }
            return Ok(Unit::Truth);
        }
        let units = (self.compile(one)?, self.compile(other)?);
        self.steps.push(Step::Two(binary));
        let mismatch = |what: &str| {
            let (left, right) = (called(units.0), called(units.1));
            Err(Fault::new(one.at, format!("{left} and {right} cannot be {what}")))
        };
        match (binary, units) {
            (_, (Unit::Truth, _) | (_, Unit::Truth)) => mismatch("compared or computed with"),
            (Binary::Plus | Binary::Minus | Binary::Least | Binary::Greatest, (left, right))
                if left == right =>
            {
                Ok(left)
            }
            (Binary::Plus | Binary::Minus, _) => mismatch("added"),
            (Binary::Times, (Unit::Number, unit) | (unit, Unit::Number))
            | (Binary::Over, (unit, Unit::Number)) => Ok(unit),
            (Binary::Over, (left, right)) if left == right => Ok(Unit::Number),
            (Binary::Times | Binary::Over, _) => mismatch("multiplied or divided"),
            (_, (left, right)) if left == right => Ok(Unit::Truth),
            _ => mismatch("compared"),
        }
    }

    fn joined(&mut self, binary: Binary, one: &Expression, other: &Expression) -> Result<Unit, Fault> {
        self.wants_truth(one)?;
        let jump = self.steps.len();
        self.steps.push(Step::UnlessTrue(0));
        self.wants_truth(other)?;
        let steps = u16::try_from(self.steps.len() - jump - 1).unwrap_or(u16::MAX);
        if let Some(step) = self.steps.get_mut(jump) {
            *step = if binary == Binary::And { Step::UnlessTrue(steps) } else { Step::UnlessFalse(steps) };
        }
        Ok(Unit::Truth)
    }

    fn wants_truth(&mut self, part: &Expression) -> Result<(), Fault> {
        match self.compile(part)? {
            Unit::Truth => Ok(()),
            unit => Err(Fault::new(
                part.at,
                format!(
                    "true or false is wanted here, and this is {}: compare it with something",
                    called(unit)
                ),
            )),
        }
    }
}
