//! A document as a sequence of typographic blocks: what stands between the model and the page.

use florin_kernel::Date;

/// A document, ready to be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// The title, which is the document's first heading.
    pub title: String,
    /// A line below the title.
    pub subtitle: String,
    /// Who issues it: the name, and lines of its address.
    pub issuer: (String, Vec<String>),
    /// To whom it goes: lines of the address window.
    pub addressee: Vec<String>,
    /// What is told beside the address: label and value.
    pub particulars: Vec<(String, String)>,
    /// What tells pages of this document from others, at the head of each page but the first.
    pub running: String,
    /// The day of issue, which is the file's date.
    pub issued_on: Date,
    /// What identifies the document for programs.
    pub identity: String,
    /// The body.
    pub blocks: Vec<Block>,
}

/// One block of the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A heading below the title.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// A paragraph in small print.
    Small(String),
    /// Key figures side by side.
    Figures(Vec<Figure>),
    /// Labels with their values, one pair a line.
    Facts(Vec<(String, String)>),
    /// A table.
    Table(Table),
    /// A frame with a title, of what must not be overlooked.
    Notice(String, String),
    /// Numbered points.
    Points(Vec<String>),
}

/// A key figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// What it is.
    pub label: String,
    /// The figure.
    pub value: String,
    /// What it means, in small print.
    pub note: String,
    /// Whether it stands out from its neighbours.
    pub is_main: bool,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What it shows, for whoever has it read out.
    pub summary: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its heading.
    pub title: String,
    /// How wide it is beside the others.
    pub share: u16,
    /// Whether its cells end at a common edge, as figures do.
    pub is_figure: bool,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// One cell for each column.
    pub cells: Vec<Cell>,
    /// Whether it sums up, or opens or closes the rows around it.
    pub is_total: bool,
}

/// A cell: its text, and a second one in small print below.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Cell {
    /// The text.
    pub text: String,
    /// What stands below it; empty for nothing.
    pub below: String,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, below: String::new() }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl Figure {
    /// A key figure.
    pub fn new(label: &str, value: String, note: &str) -> Self {
        Self { label: label.to_owned(), value, note: note.to_owned(), is_main: false }
    }

    /// The same, standing out.
    pub fn main(self) -> Self {
        Self { is_main: true, ..self }
    }
}

impl Column {
    /// A column of text.
    pub fn text(title: &str, share: u16) -> Self {
        Self { title: title.to_owned(), share, is_figure: false }
    }

    /// A column of figures.
    pub fn figures(title: &str, share: u16) -> Self {
        Self { title: title.to_owned(), share, is_figure: true }
    }
}

impl Row {
    /// A row of plain cells.
    pub fn of<T: Into<Cell>>(cells: impl IntoIterator<Item = T>) -> Self {
        Self { cells: cells.into_iter().map(Into::into).collect(), is_total: false }
    }

    /// A row that sums up.
    pub fn total<T: Into<Cell>>(cells: impl IntoIterator<Item = T>) -> Self {
        Self { is_total: true, ..Self::of(cells) }
    }
}
