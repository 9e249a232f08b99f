//! Tables: a caption, headings with their scope, a box that scrolls where the window is narrow, and the way to the next page.

use maud::{Markup, Render, html};

/// A column.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    label: &'static str,
    numeric: bool,
    sorted: Option<Sorted>,
}

#[derive(Clone, Debug)]
struct Sorted {
    href: String,
    direction: Option<&'static str>,
}

impl Column {
    /// A column of words.
    pub(crate) const fn text(label: &'static str) -> Self {
        Self { label, numeric: false, sorted: None }
    }

    /// A column of figures, which stand under one another.
    pub(crate) const fn figures(label: &'static str) -> Self {
        Self { label, numeric: true, sorted: None }
    }

    /// The same, which can be sorted by: where the link leads, and how the table is sorted by it now (`ascending` or
    /// `descending`).
    #[must_use]
    pub(crate) fn sorted(self, href: impl Into<String>, direction: Option<&'static str>) -> Self {
        Self { sorted: Some(Sorted { href: href.into(), direction }), ..self }
    }
}

/// A table.
pub(crate) struct Table {
    caption: String,
    columns: Vec<Column>,
    rows: Vec<Vec<Markup>>,
    empty: Markup,
}

impl Table {
    /// A table without rows yet; the caption says what it is of.
    pub(crate) fn new(caption: impl Into<String>, columns: impl IntoIterator<Item = Column>) -> Self {
        Self {
            caption: caption.into(),
            columns: columns.into_iter().collect(),
            rows: Vec::new(),
            empty: html! { p { "Nothing here yet." } },
        }
    }

    /// What stands in its place when it has no rows.
    #[must_use]
    pub(crate) fn or_empty(self, empty: Markup) -> Self {
        Self { empty, ..self }
    }

    /// Another row; the first cell is its heading.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Markup>) {
        self.rows.push(cells.into_iter().collect());
    }

    fn head(&self) -> Markup {
        html! {
            tr {
                @for column in &self.columns {
                    @let direction = column.sorted.as_ref().and_then(|sorted| sorted.direction);
                    th scope="col" class=[column.numeric.then_some("figure")] aria-sort=[direction] {
                        @match &column.sorted {
                            Some(sorted) => a href=(sorted.href) data-swap { (column.label) },
                            None => (column.label),
                        }
                    }
                }
            }
        }
    }

    fn cell(&self, n: usize, cell: &Markup) -> Markup {
        let column = self.columns.get(n);
        let class = column.is_some_and(|column| column.numeric).then_some("figure");
        // On a narrow window the first cell is the heading of a card, and each other one names its column.
        let label = column.map(|column| column.label);
        html! {
            @if n == 0 {
                th scope="row" class=[class] { (cell) }
            } @else {
                td class=[class] data-label=[label] { div { (cell) } }
            }
        }
    }
}

impl Render for Table {
    fn render(&self) -> Markup {
        if self.rows.is_empty() {
            return html! { (self.empty) };
        }
        html! {
            div.table-box role="region" aria-label=(self.caption) tabindex="0" {
                table {
                    caption { (self.caption) }
                    thead { (self.head()) }
                    tbody {
                        @for row in &self.rows {
                            tr { @for (n, cell) in row.iter().enumerate() { (self.cell(n, cell)) } }
                        }
                    }
                }
            }
        }
    }
}

/// The way to the next page of a list, and back to its begin; `query` is what filters it, without its cursor.
pub(crate) fn pager(path: &str, query: &[(&str, &str)], cursor: Option<&str>, next: Option<&str>) -> Markup {
    let link = |cursor: Option<&str>| {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        pairs.extend_pairs(query.iter().filter(|(_, value)| !value.is_empty()));
        if let Some(cursor) = cursor {
            pairs.append_pair("cursor", cursor);
        }
        let pairs = pairs.finish();
        if pairs.is_empty() { path.to_owned() } else { format!("{path}?{pairs}") }
    };
    let further = cursor.is_some_and(|cursor| !cursor.is_empty());
    if !further && next.is_none() {
        return Markup::default();
    }
    html! {
        nav.pager aria-label="Pages" {
            @if further { a.button href=(link(None)) data-swap { "First page" } }
            @if let Some(next) = next { a.button href=(link(Some(next))) rel="next" data-swap { "Next page" } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_caption_and_headings_with_their_scope() {
        let columns =
            [Column::text("Name"), Column::figures("Balance").sorted("/a?sort=balance", Some("ascending"))];
        let mut table = Table::new("Accounts", columns);
        assert!(table.render().0.contains("Nothing here yet."));
        table.row([html! { "Ann" }, html! { "5" }]);

        let html = table.render().0;

        assert!(html.contains("<caption>Accounts</caption>"), "{html}");
        assert!(html.contains(r#"<th scope="col" class="figure" aria-sort="ascending">"#), "{html}");
        assert!(html.contains(r#"<th scope="row">Ann</th>"#), "{html}");
        assert!(html.contains(r#"<td class="figure" data-label="Balance"><div>5</div></td>"#), "{html}");
    }

    #[test]
    fn the_next_page_keeps_the_filter() {
        assert_eq!(pager("/a", &[], None, None).0, "");
        let html = pager("/a", &[("q", "x y"), ("kind", "")], Some("c1"), Some("c&2")).0;
        assert!(html.contains(r#"href="/a?q=x+y""#), "{html}");
        assert!(html.contains(r#"href="/a?q=x+y&amp;cursor=c%262""#), "{html}");
    }
}
