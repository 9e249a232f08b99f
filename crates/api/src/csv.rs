//! Tables as comma-separated values (RFC 4180), safe to open in a spreadsheet.

/// Lines of cells, each ended by CR LF.
#[derive(Default)]
pub struct Csv(String);

impl Csv {
    /// The media type.
    pub const MEDIA_TYPE: &'static str = "text/csv; charset=utf-8; header=present";

    /// Adds a line.
    pub fn line<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        for (index, cell) in cells.into_iter().enumerate() {
            if index > 0 {
                self.0.push(',');
            }
            self.cell(cell);
        }
        self.0.push_str("\r\n");
    }

    /// The whole text.
    pub fn finish(self) -> String {
        self.0
    }

    /// What a spreadsheet would take for a formula begins with an apostrophe, and is text.
    fn cell(&mut self, cell: &str) {
        let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let is_quoted = is_formula || cell.contains(['"', ',', '\r', '\n', ';']);
        if !is_quoted {
            self.0.push_str(cell);
            return;
        }
        self.0.push('"');
        if is_formula {
            self.0.push('\'');
        }
        self.0.push_str(&cell.replace('"', "\"\""));
        self.0.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be_and_are_no_formulas() {
        let mut csv = Csv::default();
        csv.line(["id", "title"]);
        csv.line(["1", "Head, \"acting\""]);
        csv.line(["=HYPERLINK(\"x\")", ""]);
        csv.line(["@SUM(A1)", "a\nb"]);

        assert_eq!(
            csv.finish(),
            "id,title\r\n1,\"Head, \"\"acting\"\"\"\r\n\"'=HYPERLINK(\"\"x\"\")\",\r\n\"'@SUM(A1)\",\"a\nb\"\r\n"
        );
    }
}
