//! Pages, as somebody reads and fills them in whose browser runs no script.

use crate::{Answer, Browser, Call};

/// A page as it came.
pub struct Page {
    /// Where it was found, after any redirection.
    pub path: String,
    /// Its answer.
    pub answer: Answer,
    /// Its text.
    pub html: String,
}

/// A form of a page: where it is sent, and what its fields hold.
#[derive(Clone, Debug)]
pub struct PageForm {
    /// Where it is sent.
    pub action: String,
    /// Whether it is posted.
    pub is_posted: bool,
    /// Its fields, in their order.
    pub fields: Vec<(String, String)>,
}

impl Page {
    fn new(path: String, answer: Answer) -> Self {
        let html = String::from_utf8_lossy(&answer.body).into_owned();
        Self { path, answer, html }
    }

    /// Its main heading.
    pub fn heading(&self) -> String {
        let (_, rest) = self.html.split_once("<h1>").unwrap_or_else(|| panic!("no heading: {}", self.html));
        text(rest.split("</h1>").next().unwrap())
    }

    /// The same page, which must have been answered so.
    #[expect(clippy::return_self_not_must_use, reason = "to have asserted may be all that is wanted")]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.answer.status.as_u16(), status, "{}: {}", self.path, self.html);
        self
    }

    /// Whether this is written on it.
    pub fn says(&self, wanted: &str) -> bool {
        text(&self.html).contains(wanted)
    }

    /// The forms that are sent to this path, in their order.
    pub fn forms(&self, action: &str) -> Vec<PageForm> {
        let forms = self.html.split("<form").skip(1).map(PageForm::read);
        forms.filter(|form| form.action == action).collect()
    }

    /// The first form that is sent to this path.
    pub fn form(&self, action: &str) -> PageForm {
        let found = self.forms(action).into_iter().next();
        found.unwrap_or_else(|| panic!("no form for {action} on {}: {}", self.path, self.html))
    }

    /// The first form that is sent to a path that begins and ends so.
    pub fn form_between(&self, begins: &str, ends: &str) -> PageForm {
        let mut forms = self.html.split("<form").skip(1).map(PageForm::read);
        let found = forms.find(|form| form.action.starts_with(begins) && form.action.ends_with(ends));
        found.unwrap_or_else(|| panic!("no form for {begins}…{ends} on {}", self.path))
    }

    /// Where the first link leads whose path begins so.
    pub fn link(&self, begins: &str) -> String {
        let links = self.html.split("href=\"").skip(1).map(|rest| unescaped(rest.split('"').next().unwrap()));
        let mut found = links.filter(|link| link.starts_with(begins));
        found.next().unwrap_or_else(|| panic!("no link to {begins} on {}", self.path))
    }
}

impl PageForm {
    fn read(rest: &str) -> Self {
        let (head, body) = rest.split_once('>').unwrap();
        let body = body.split("</form>").next().unwrap();
        let mut fields = Vec::new();
        for control in body.split('<').skip(1) {
            let tag = control.split('>').next().unwrap();
            let Some(name) = attribute(tag, "name") else { continue };
            let value = attribute(tag, "value").unwrap_or_default();
            let kind = attribute(tag, "type").unwrap_or_default();
            let is_checked = tag.contains(" checked");
            if tag.starts_with("input") && (is_checked || !matches!(kind.as_str(), "radio" | "checkbox")) {
                fields.push((name, value));
            } else if tag.starts_with("select") {
                let (_, options) = body.split_once(&format!("name=\"{name}\"")).unwrap();
                fields.push((name, chosen(options.split("</select>").next().unwrap())));
            } else if tag.starts_with("textarea") {
                let content = control.split_once('>').map_or("", |(_, content)| content);
                fields.push((name, unescaped(content)));
            }
        }
        let is_posted = attribute(head, "method").is_some_and(|method| method == "post");
        Self { action: attribute(head, "action").unwrap_or_default(), is_posted, fields }
    }

    /// The same with this in a field.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        match self.fields.iter_mut().find(|(field, _)| field == name) {
            Some((_, held)) => *held = value,
            None => self.fields.push((name.to_owned(), value)),
        }
        self
    }

    /// What a field holds.
    pub fn value(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(field, _)| field == name);
        found.map_or_else(|| panic!("no field {name} in {self:?}"), |(_, value)| value.as_str())
    }
}

/// What a list of options offers first, or what is chosen of it.
fn chosen(options: &str) -> String {
    let options: Vec<&str> =
        options.split("<option").skip(1).map(|rest| rest.split('>').next().unwrap()).collect();
    let chosen = options.iter().find(|tag| tag.contains(" selected")).or(options.first());
    chosen.and_then(|tag| attribute(tag, "value")).unwrap_or_default()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(unescaped(rest.split('"').next()?))
}

fn unescaped(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// What is read of a part of a page.
fn text(html: &str) -> String {
    let mut text = String::new();
    for part in html.split('<') {
        text.push_str(part.split_once('>').map_or(part, |(_, text)| text));
    }
    unescaped(&text).replace('\u{a0}', " ")
}

impl Browser {
    /// Opens a page, and whatever it leads on to.
    pub async fn open(&mut self, path: &str) -> Page {
        let answer = self.get(path).await;
        self.followed(path.to_owned(), answer).await
    }

    /// Sends a form as it is, and opens what that leads to.
    pub async fn submit(&mut self, form: &PageForm) -> Page {
        let pairs = form_urlencoded::Serializer::new(String::new()).extend_pairs(&form.fields).finish();
        if !form.is_posted {
            return self.open(&format!("{}?{pairs}", form.action)).await;
        }
        let call = Call::post(&form.action)
            .raw("application/x-www-form-urlencoded", pairs)
            .header("origin", b"https://bank.example")
            .header("sec-fetch-site", b"same-origin");
        let answer = self.send(call).await;
        self.followed(form.action.clone(), answer).await
    }

    /// Sends a form with files, each for a field of it, and opens what that leads to.
    pub async fn upload(&mut self, form: &PageForm, files: &[(&str, &[u8])]) -> Page {
        const BOUNDARY: &str = "----FlorinFormBoundary7MA4YWxk";
        const KIND: &str = "multipart/form-data; boundary=----FlorinFormBoundary7MA4YWxk";
        let mut body = Vec::new();
        let mut part = |head: String, content: &[u8]| {
            let line = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n");
            body.extend_from_slice(line.as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        };
        let is_file = |name: &str| files.iter().any(|(field, _)| *field == name);
        for (name, value) in form.fields.iter().filter(|(name, _)| !is_file(name)) {
            part(format!("name=\"{name}\""), value.as_bytes());
        }
        for (name, content) in files {
            part(format!("name=\"{name}\"; filename=\"{name}.txt\""), content);
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        let call = Call::post(&form.action)
            .raw(KIND, body)
            .header("origin", b"https://bank.example")
            .header("sec-fetch-site", b"same-origin");
        let answer = self.send(call).await;
        self.followed(form.action.clone(), answer).await
    }

    async fn followed(&mut self, mut path: String, mut answer: Answer) -> Page {
        for _ in 0..5 {
            let Some(next) = answer.headers.get("location") else { break };
            path = next.to_str().unwrap().to_owned();
            answer = self.get(&path).await;
        }
        Page::new(path, answer)
    }

    /// Signs in by the page for that.
    pub async fn sign_in(&mut self, email: &str) -> Page {
        let form = self.open("/login").await.form("/login");
        self.submit(&form.with("email", email).with("password", crate::PASSWORD)).await
    }
}
