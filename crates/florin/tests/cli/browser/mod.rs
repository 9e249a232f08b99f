//! Pages in a real browser: Chromium, driven over `WebDriver`, on a demonstration of its own.
//!
//! What is looked at on every page that a test goes to: that axe-core finds nothing wrong with it in light and dark, and that
//! nothing stands out sideways on a telephone, a tablet or a wide window. With `FLORIN_PICTURES` set to a folder, a picture of
//! each page in each width and both schemes is left there, to be looked at by eye.

mod administration;
mod cases;
mod chromium;
mod customer;
mod demonstration;
mod loans;
mod money;
mod pictures;
mod plain;
mod staff;

use std::time::Duration;

use chromium::Chromium;
use demonstration::Demonstration;
use serde_json::{Value, json};
use thirtyfour::prelude::*;

/// How long a page may take to show something: the program is not optimised, and the machine busy.
const PATIENCE: Duration = Duration::from_secs(20);
/// Light and dark.
const SCHEMES: [&str; 2] = ["light", "dark"];
/// How wide windows are: a telephone, a tablet, a desk.
const WIDTHS: [u32; 3] = [360, 768, 1_440];
const AXE: &str = include_str!("../../../../../tests/axe/axe.min.js");
/// What axe-core is asked: what it finds of any weight, as lines.
const ASK_AXE: &str = "
    const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'] }).then(
        (found) => done(found.violations.map((v) => `${v.impact} ${v.id} at ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)),
        (error) => done([String(error)]),
    );";

/// Somebody at a browser.
pub struct Person {
    chromium: Chromium,
    base: String,
}

impl Person {
    /// Somebody at a browser of their own.
    pub async fn arrive(demonstration: &Demonstration) -> Self {
        Self { chromium: Chromium::open(true).await, base: demonstration.base() }
    }

    /// Somebody whose browser runs no scripts.
    pub async fn arrive_without_scripts(demonstration: &Demonstration) -> Self {
        Self { chromium: Chromium::open(false).await, base: demonstration.base() }
    }

    fn driver(&self) -> &WebDriver {
        &self.chromium.driver
    }

    /// Goes to a page.
    pub async fn go(&self, path: &str) {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        self.driver().goto(url).await.unwrap();
    }

    /// Where they are.
    pub async fn path(&self) -> String {
        let url = self.driver().current_url().await.unwrap();
        url.path().to_owned()
    }

    /// Waits until they are somewhere.
    pub async fn is_at(&self, path: &str) {
        let mut seen = String::new();
        for _ in 0..PATIENCE.as_millis() / 100 {
            seen = self.path().await;
            if seen == path {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{path} is wanted, and it is {seen}:\n{}", self.text().await);
    }

    /// All that the page says, with plain spaces.
    pub async fn text(&self) -> String {
        match self.driver().find(By::Tag("body")).await {
            Ok(body) => body.text().await.unwrap_or_default().replace('\u{a0}', " "),
            Err(_) => String::new(),
        }
    }

    /// Waits until the page says something.
    pub async fn sees(&self, wanted: &str) {
        let mut said = String::new();
        for _ in 0..PATIENCE.as_millis() / 100 {
            said = self.text().await;
            if said.contains(wanted) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("`{wanted}` is wanted at {} and it says:\n{said}", self.path().await);
    }

    async fn find(&self, by: By) -> WebElement {
        let wanted = format!("{by:?}");
        match self.driver().query(by).wait(PATIENCE, Duration::from_millis(100)).first().await {
            Ok(found) => found,
            Err(error) => panic!("{wanted} at {}: {error}\n{}", self.path().await, self.text().await),
        }
    }

    /// Types into the field of this name.
    pub async fn fill(&self, name: &str, text: &str) {
        let field = self.find(By::Css(format!("[name='{name}']:not([type=hidden])"))).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Chooses from the list of this name, by what the choice says or has for its value.
    pub async fn choose(&self, name: &str, choice: &str) {
        let path = format!(
            "//select[@name='{name}']/option[@value='{choice}' or contains(normalize-space(.), '{choice}')]"
        );
        self.press_on(By::XPath(path)).await;
    }

    /// Ticks a box or one of several buttons, by its value.
    pub async fn tick(&self, name: &str, value: &str) {
        self.press_on(By::Css(format!("input[name='{name}'][value='{value}']"))).await;
    }

    /// Presses what says this: a button, a link, or what opens a part of the page.
    pub async fn press(&self, label: &str) {
        let kinds = "self::button or self::a or self::summary";
        let path = format!(
            "(//main//*[{kinds}][normalize-space(.)='{label}'] | //*[{kinds}][normalize-space(.)='{label}'])[1]"
        );
        self.press_on(By::XPath(path)).await;
    }

    /// Presses the button that ends an open confirmation.
    pub async fn confirm(&self, label: &str) {
        self.press(label).await;
        let path = format!("//details[@open]//button[normalize-space(.)='{label}']");
        self.press_on(By::XPath(path)).await;
    }

    /// Goes where the first element leads that this selector finds, or ticks it.
    pub async fn follow(&self, selector: &str) {
        self.press_on(By::Css(selector.to_owned())).await;
        self.find(By::Tag("h1")).await;
    }

    /// Looks at a page again and again until it says something: what is done beside requests comes later.
    pub async fn waits_for(&self, path: &str, wanted: &str) {
        for _ in 0..PATIENCE.as_millis() / 250 {
            self.go(path).await;
            if self.text().await.contains(wanted) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        panic!("{path} does not say `{wanted}`:\n{}", self.text().await);
    }

    /// Shows the password again, where that is asked for.
    pub async fn proves(&self, password: &str) {
        if self.text().await.contains("Confirm that it is you") {
            self.fill("_password", password).await;
            self.press("Confirm").await;
        }
    }

    async fn press_on(&self, by: By) {
        let found = self.find(by).await;
        found.scroll_into_view().await.unwrap();
        if let Err(error) = found.click().await {
            let html = found.outer_html().await.unwrap_or_default();
            panic!("{html} at {}: {error}", self.path().await);
        }
    }

    /// What the element says that this selector finds.
    pub async fn reads(&self, selector: &str) -> String {
        self.find(By::Css(selector)).await.text().await.unwrap()
    }

    /// What an attribute of an element holds.
    pub async fn attribute(&self, selector: &str, name: &str) -> String {
        self.find(By::Css(selector)).await.attr(name).await.unwrap().unwrap_or_default()
    }

    /// What a path gives that is downloaded.
    pub async fn downloads(&self, path: &str) -> String {
        let ask = "const done = arguments[arguments.length - 1];
            fetch(arguments[0]).then((answer) => answer.text()).then(done, (error) => done(String(error)));";
        let found = self.driver().execute_async(ask, vec![json!(path)]).await.unwrap();
        found.convert().unwrap()
    }

    /// Signs in, with the address and the password of a demonstration's person.
    pub async fn sign_in(&self, (email, password): (&str, &str)) {
        self.go("/login").await;
        self.fill("email", email).await;
        self.fill("password", password).await;
        self.press("Sign in").await;
        self.sees("Sign out").await;
    }

    /// Signs out.
    pub async fn sign_out(&self) {
        self.press("Sign out").await;
        self.sees("You are signed out.").await;
    }

    /// Looks at the page as it is: in light and dark nothing is wrong with it, and it fits every width.
    pub async fn looks_it_over(&self) {
        let path = self.path().await;
        self.driver().execute(AXE, Vec::new()).await.unwrap();
        for scheme in SCHEMES {
            self.chooses_scheme(scheme).await;
            let found = self.driver().execute_async(ASK_AXE, Vec::new()).await.unwrap();
            let found: Vec<String> = found.convert().unwrap();
            assert!(found.is_empty(), "{path} in {scheme}: {found:#?}");
        }
        for width in WIDTHS {
            self.chromium.command("Emulation.setDeviceMetricsOverride", window(width)).await;
            let over = "return document.documentElement.scrollWidth - window.innerWidth;";
            let over: i64 = self.driver().execute(over, Vec::new()).await.unwrap().convert().unwrap();
            assert!(over <= 0, "{path} stands out by {over} at {width}");
            for scheme in SCHEMES.into_iter().filter(|_| pictures::are_wanted()) {
                self.chooses_scheme(scheme).await;
                pictures::take(&self.chromium, &path, width, scheme).await;
            }
        }
        self.chromium.command("Emulation.clearDeviceMetricsOverride", json!({})).await;
    }

    async fn chooses_scheme(&self, scheme: &str) {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.chromium.command("Emulation.setEmulatedMedia", features).await;
    }

    /// Goes to a page and looks it over.
    pub async fn looks_over(&self, path: &str) {
        self.go(path).await;
        self.find(By::Tag("h1")).await;
        self.looks_it_over().await;
    }

    /// Leaves.
    pub async fn leave(self) {
        self.chromium.close().await;
    }
}

fn window(width: u32) -> Value {
    json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600 })
}
