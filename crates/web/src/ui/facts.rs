//! Facts about one thing: what it is called, and what it is.

use maud::{Markup, Render, html};

/// A list of facts.
#[derive(Default)]
pub(crate) struct Facts(Vec<(String, Markup)>);

impl Facts {
    /// No facts yet.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Another fact.
    #[must_use]
    pub(crate) fn fact(mut self, name: impl Into<String>, value: impl Render) -> Self {
        self.0.push((name.into(), value.render()));
        self
    }

    /// Another fact, where it is known.
    #[must_use]
    pub(crate) fn maybe(self, name: impl Into<String>, value: Option<impl Render>) -> Self {
        match value {
            Some(value) => self.fact(name, value),
            None => self,
        }
    }
}

impl Render for Facts {
    fn render(&self) -> Markup {
        html! {
            dl.facts {
                @for (name, value) in &self.0 { div { dt { (name) } dd { (value) } } }
            }
        }
    }
}
