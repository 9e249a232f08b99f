//! Fields of forms: a label, a hint, what is wrong, and the control, tied together.

use florin_http::Problem;
use maud::{Markup, Render, html};

use crate::values::sentence;

/// One field.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    name: &'static str,
    label: String,
    control: Control,
    value: String,
    hint: Option<String>,
    fault: Option<String>,
    autocomplete: Option<&'static str>,
    inputmode: Option<&'static str>,
    optional: bool,
    /// Whether it goes without saying that it may be left empty.
    filters: bool,
    narrow: bool,
    length_max: Option<u16>,
    form: Option<&'static str>,
}

#[derive(Clone, Debug)]
enum Control {
    Input(&'static str),
    Area,
    Code,
    Select(Vec<Choice>),
    Radios(Vec<Choice>),
    Checkbox,
}

#[derive(Clone, Debug)]
struct Choice {
    value: String,
    label: String,
    hint: Option<String>,
}

impl Field {
    fn new(name: &'static str, label: impl Into<String>, control: Control) -> Self {
        Self {
            name,
            label: label.into(),
            control,
            value: String::new(),
            hint: None,
            fault: None,
            autocomplete: None,
            inputmode: None,
            optional: false,
            filters: false,
            narrow: false,
            length_max: None,
            form: None,
        }
    }

    /// A line of text.
    pub(crate) fn text(name: &'static str, label: impl Into<String>) -> Self {
        Self::new(name, label, Control::Input("text"))
    }

    /// An address of mail.
    pub(crate) fn email(name: &'static str, label: impl Into<String>) -> Self {
        Self { autocomplete: Some("email"), ..Self::new(name, label, Control::Input("email")) }
    }

    /// A telephone number.
    pub(crate) fn phone(name: &'static str, label: impl Into<String>) -> Self {
        Self { autocomplete: Some("tel"), ..Self::new(name, label, Control::Input("tel")) }
    }

    /// A password, which is never shown again.
    pub(crate) fn password(name: &'static str, label: impl Into<String>) -> Self {
        Self::new(name, label, Control::Input("password"))
    }

    /// A day of the calendar.
    pub(crate) fn date(name: &'static str, label: impl Into<String>) -> Self {
        Self { narrow: true, ..Self::new(name, label, Control::Input("date")) }
    }

    /// A file to choose, in a form that brings files along.
    pub(crate) fn file(name: &'static str, label: impl Into<String>) -> Self {
        Self::new(name, label, Control::Input("file"))
    }

    /// What is looked for.
    pub(crate) fn search(name: &'static str, label: impl Into<String>) -> Self {
        Self { optional: true, ..Self::new(name, label, Control::Input("search")) }
    }

    /// An amount of money, or another figure with decimals.
    pub(crate) fn amount(name: &'static str, label: impl Into<String>) -> Self {
        Self { narrow: true, inputmode: Some("decimal"), ..Self::text(name, label) }
    }

    /// Several lines of text.
    pub(crate) fn area(name: &'static str, label: impl Into<String>) -> Self {
        Self::new(name, label, Control::Area)
    }

    /// Many lines of what a program reads.
    pub(crate) fn code(name: &'static str, label: impl Into<String>) -> Self {
        Self::new(name, label, Control::Code)
    }

    /// One of a list, each with its value and its label.
    pub(crate) fn select<V, L>(
        name: &'static str,
        label: impl Into<String>,
        choices: impl IntoIterator<Item = (V, L)>,
    ) -> Self
    where
        V: Into<String>,
        L: Into<String>,
    {
        Self::new(name, label, Control::Select(choices.into_iter().map(Choice::of).collect()))
    }

    /// One of a few, all in sight.
    pub(crate) fn radios<V, L>(
        name: &'static str,
        label: impl Into<String>,
        choices: impl IntoIterator<Item = (V, L)>,
    ) -> Self
    where
        V: Into<String>,
        L: Into<String>,
    {
        Self::new(name, label, Control::Radios(choices.into_iter().map(Choice::of).collect()))
    }

    /// Yes, `true`, or nothing.
    pub(crate) fn checkbox(name: &'static str, label: impl Into<String>) -> Self {
        Self { optional: true, ..Self::new(name, label, Control::Checkbox) }
    }

    /// What stands in it; a password's is not written.
    #[must_use]
    pub(crate) fn value(self, value: impl Into<String>) -> Self {
        Self { value: value.into(), ..self }
    }

    /// What helps to fill it in.
    #[must_use]
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// What is wrong with it, if the problem names it.
    #[must_use]
    pub(crate) fn faults(self, problem: Option<&Problem>) -> Self {
        let fault =
            problem.and_then(|problem| problem.errors().iter().find(|fault| fault.field == self.name));
        Self { fault: fault.map(|fault| sentence(&fault.message)), ..self }
    }

    /// What a browser may fill in by itself.
    #[must_use]
    pub(crate) fn autocomplete(self, token: &'static str) -> Self {
        Self { autocomplete: Some(token), ..self }
    }

    /// Which keys a telephone shows.
    #[must_use]
    pub(crate) fn inputmode(self, mode: &'static str) -> Self {
        Self { inputmode: Some(mode), ..self }
    }

    /// It may be left empty.
    #[must_use]
    pub(crate) fn optional(self) -> Self {
        Self { optional: true, ..self }
    }

    /// It narrows a list down, so that being empty is as good as any value.
    #[must_use]
    pub(crate) fn filter(self) -> Self {
        Self { optional: true, filters: true, ..self }
    }

    /// Little is typed into it.
    #[must_use]
    pub(crate) fn narrow(self) -> Self {
        Self { narrow: true, ..self }
    }

    /// How many characters it takes.
    #[must_use]
    pub(crate) fn at_most(self, characters: u16) -> Self {
        Self { length_max: Some(characters), ..self }
    }

    /// It stands in one of several forms of a page that have a field of this name: what ties its parts together begins with
    /// the name of the form.
    #[must_use]
    pub(crate) fn of_form(self, form: &'static str) -> Self {
        Self { form: Some(form), ..self }
    }

    /// What ties its parts together.
    fn id(&self) -> String {
        match self.form {
            Some(form) => format!("{form}-{}", self.name),
            None => self.name.to_owned(),
        }
    }

    fn described_by(&self) -> Option<String> {
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.id()));
        let fault = self.fault.as_ref().map(|_| format!("{}-error", self.id()));
        let ids: Vec<String> = hint.into_iter().chain(fault).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    fn around(&self) -> Markup {
        html! {
            @if let Some(hint) = &self.hint { p.hint id={ (self.id()) "-hint" } { (hint) } }
            p.fault id={ (self.id()) "-error" } hidden[self.fault.is_none()] {
                @if let Some(fault) = &self.fault { span.visually-hidden { "Error: " } (fault) }
            }
        }
    }

    fn label_text(&self) -> Markup {
        html! { (self.label) @if self.optional && !self.is_plain() { " " span.optional { "(optional)" } } }
    }

    /// Whether being optional goes without saying.
    fn is_plain(&self) -> bool {
        self.filters || matches!(self.control, Control::Checkbox | Control::Input("search"))
    }

    fn input(&self, kind: &str) -> Markup {
        let is_shown = !matches!(kind, "password" | "file") && !self.value.is_empty();
        let value = is_shown.then_some(&self.value);
        html! {
            input id=(self.id()) name=(self.name) type=(kind) value=[value] required[!self.optional]
                autocomplete=[self.autocomplete] inputmode=[self.inputmode] maxlength=[self.length_max]
                aria-describedby=[self.described_by()] aria-invalid=[self.fault.as_ref().map(|_| "true")];
        }
    }

    fn area_control(&self) -> Markup {
        let is_code = matches!(self.control, Control::Code);
        html! {
            textarea.code[is_code] id=(self.id()) name=(self.name) rows=(if is_code { 24 } else { 4 }) spellcheck=[is_code.then_some("false")] required[!self.optional] maxlength=[self.length_max]
                aria-describedby=[self.described_by()] aria-invalid=[self.fault.as_ref().map(|_| "true")] { (self.value) }
        }
    }

    fn select_control(&self, choices: &[Choice]) -> Markup {
        html! {
            select id=(self.id()) name=(self.name) required[!self.optional]
                aria-describedby=[self.described_by()] aria-invalid=[self.fault.as_ref().map(|_| "true")] {
                @for choice in choices {
                    option value=(choice.value) selected[choice.value == self.value] { (choice.label) }
                }
            }
        }
    }

    fn radios_control(&self, choices: &[Choice]) -> Markup {
        html! {
            fieldset.field id=(self.id()) aria-describedby=[self.described_by()] tabindex="-1" {
                legend { (self.label_text()) }
                (self.around())
                @for (n, choice) in choices.iter().enumerate() {
                    div.choice {
                        input type="radio" id={ (self.id()) "-" (n) } name=(self.name) value=(choice.value)
                            checked[choice.value == self.value] required[!self.optional];
                        label for={ (self.id()) "-" (n) } {
                            (choice.label)
                            @if let Some(hint) = &choice.hint { span.hint { (hint) } }
                        }
                    }
                }
            }
        }
    }
}

impl Choice {
    fn of<V: Into<String>, L: Into<String>>((value, label): (V, L)) -> Self {
        let label = label.into();
        // What follows a line break explains the choice.
        match label.split_once('\n') {
            Some((label, hint)) => {
                Self { value: value.into(), label: label.to_owned(), hint: Some(hint.to_owned()) }
            }
            None => Self { value: value.into(), label, hint: None },
        }
    }
}

impl Render for Field {
    fn render(&self) -> Markup {
        match &self.control {
            Control::Radios(choices) => self.radios_control(choices),
            Control::Checkbox => html! {
                div.field.choice {
                    input id=(self.id()) name=(self.name) type="checkbox" value="true" checked[self.value == "true"]
                        aria-describedby=[self.described_by()];
                    label for=(self.id()) { (self.label_text()) }
                    (self.around())
                }
            },
            control => html! {
                div.field.narrow[self.narrow] {
                    label for=(self.id()) { (self.label_text()) }
                    (self.around())
                    @match control {
                        Control::Input(kind) => (self.input(kind)),
                        Control::Area | Control::Code => (self.area_control()),
                        Control::Select(choices) => (self.select_control(choices)),
                        Control::Radios(_) | Control::Checkbox => {}
                    }
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use florin_http::codes;

    use super::*;

    #[test]
    fn a_field_belongs_to_its_label_its_hint_and_its_fault() {
        let problem =
            Problem::of(codes::VALIDATION_FAILED).field("amount", "too_large", "the amount is <too> large");

        let html = Field::amount("amount", "Amount")
            .value("9\"9")
            .hint("In euros")
            .faults(Some(&problem))
            .render()
            .0;

        assert!(html.contains(r#"<label for="amount">Amount</label>"#), "{html}");
        assert!(
            html.contains(r#"aria-describedby="amount-hint amount-error" aria-invalid="true""#),
            "{html}"
        );
        assert!(
            html.contains("The amount is &lt;too&gt; large") && html.contains("value=\"9&quot;9\""),
            "{html}"
        );
        assert!(html.contains(r#"inputmode="decimal""#) && html.contains("required"));
    }

    #[test]
    fn a_password_is_never_written_into_a_page() {
        let html = Field::password("password", "Password").value("quiet lanterns").render().0;
        assert!(!html.contains("lanterns"), "{html}");
    }

    #[test]
    fn choices_tell_what_they_mean() {
        let choices = [("a", "Now\nAt once"), ("b", "Later")];
        let html = Field::radios("when", "When", choices).value("b").render().0;
        assert!(
            html.contains(r#"value="b" checked"#) && html.contains(r#"<span class="hint">At once</span>"#),
            "{html}"
        );
        let html =
            Field::select("when", "When", [("a", "Now"), ("b", "Later")]).value("b").optional().render().0;
        assert!(
            html.contains(r#"<option value="b" selected>Later</option>"#) && !html.contains("required"),
            "{html}"
        );
    }
}
