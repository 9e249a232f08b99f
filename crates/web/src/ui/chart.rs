//! Charts, drawn on the server: each a picture with a title, and the same figures in a table behind it.
//!
//! Whole numbers are drawn on a raster of whole numbers; colours come from the style sheet by class.

use std::fmt::Write as _;

use maud::{Markup, PreEscaped, html};

const WIDTH: i64 = 600;
const HEIGHT: i64 = 200;
/// Room for the marks at the left and below.
const LEFT: i64 = 64;
const BELOW: i64 = 24;
const TOP: i64 = 8;
/// How many lines across a chart has at most.
const LINES_MAX: i128 = 5;

/// One figure of a chart: its name, and what it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bar {
    /// What it is called.
    pub(crate) label: String,
    /// How much.
    pub(crate) value: i64,
    /// The same in words.
    pub(crate) told: String,
}

impl Bar {
    /// A figure with its name and its words.
    pub(crate) fn new(label: impl Into<String>, value: i64, told: impl Into<String>) -> Self {
        Self { label: label.into(), value, told: told.into() }
    }
}

/// What lies between the lowest and the highest figure, with zero among them, and the steps between its marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Scale {
    low: i128,
    high: i128,
    step: i128,
}

impl Scale {
    fn of(values: impl Iterator<Item = i64> + Clone) -> Self {
        let low = i128::from(values.clone().min().unwrap_or(0).min(0));
        let high = i128::from(values.max().unwrap_or(0).max(0)).max(low + 1);
        let step = step(high - low);
        Self { low: low.div_euclid(step) * step, high: -((-high).div_euclid(step)) * step, step }
    }

    /// Where a figure stands from the top of a chart this high.
    fn y(self, value: i128, height: i64) -> i64 {
        let below = (value - self.low) * i128::from(height) / (self.high - self.low).max(1);
        height - i64::try_from(below).unwrap_or(0)
    }

    fn marks(self) -> impl Iterator<Item = i128> {
        let count = (self.high - self.low) / self.step;
        (0..=count).map(move |n| self.low + n * self.step)
    }
}

/// The smallest of 1, 2, 5, 10, 20, 50 … of which at most [`LINES_MAX`] make up `span`.
fn step(span: i128) -> i128 {
    let mut decade = 1_i128;
    loop {
        for factor in [1, 2, 5] {
            let step = decade.saturating_mul(factor);
            if span <= step.saturating_mul(LINES_MAX) {
                return step;
            }
        }
        decade = decade.saturating_mul(10);
    }
}

/// Where the `n`th of `count` points stands from the left.
fn x(n: usize, count: usize, width: i64) -> i64 {
    let n = i64::try_from(n).unwrap_or(0);
    let last = i64::try_from(count).unwrap_or(1).saturating_sub(1).max(1);
    n.saturating_mul(width) / last
}

/// A line without marks, for the place beside a figure: the course, told in `title`.
pub(crate) fn sparkline(values: &[i64], title: &str) -> Markup {
    const SPARK_WIDTH: i64 = 120;
    const SPARK_HEIGHT: i64 = 28;
    if values.len() < 2 {
        return Markup::default();
    }
    let low = i128::from(values.iter().copied().min().unwrap_or(0));
    let high = i128::from(values.iter().copied().max().unwrap_or(0)).max(low + 1);
    let scale = Scale { low, high, step: 1 };
    let mut points = String::new();
    for (n, value) in values.iter().enumerate() {
        let _ = write!(
            points,
            "{},{} ",
            x(n, values.len(), SPARK_WIDTH),
            scale.y((*value).into(), SPARK_HEIGHT) + 1
        );
    }
    html! {
        svg.spark viewBox="0 0 120 30" role="img" aria-label=(title) preserveAspectRatio="none" {
            polyline points=(points.trim_end()) {}
        }
    }
}

/// A course over time; `mark` tells a figure at the left.
pub(crate) fn line(title: &str, points: &[Bar], mark: impl Fn(i128) -> String) -> Markup {
    let (plot_width, plot_height) = (WIDTH - LEFT, HEIGHT - BELOW - TOP);
    let scale = Scale::of(points.iter().map(|point| point.value));
    let mut path = String::new();
    for (n, point) in points.iter().enumerate() {
        let (x, y) = (LEFT + x(n, points.len(), plot_width), TOP + scale.y(point.value.into(), plot_height));
        let _ = write!(path, "{}{x} {y}", if n == 0 { "M" } else { "L" });
    }
    let floor = TOP + scale.y(0, plot_height);
    let area = format!("{path}L{} {floor}L{LEFT} {floor}Z", LEFT + plot_width);
    let drawing = html! { path.chart-area d=(area) {} path.chart-line d=(path) {} };
    around(title, points, scale, &mark, &drawing)
}

/// Figures side by side.
pub(crate) fn bars(title: &str, bars: &[Bar], mark: impl Fn(i128) -> String) -> Markup {
    let (plot_width, plot_height) = (WIDTH - LEFT, HEIGHT - BELOW - TOP);
    let scale = Scale::of(bars.iter().map(|bar| bar.value));
    let slot = plot_width / i64::try_from(bars.len()).unwrap_or(1).max(1);
    let gap = (slot / 5).max(1);
    let zero = TOP + scale.y(0, plot_height);
    let drawing = html! {
        @for (n, bar) in bars.iter().enumerate() {
            @let left = LEFT + i64::try_from(n).unwrap_or(0) * slot + gap / 2;
            @let top = TOP + scale.y(bar.value.into(), plot_height);
            rect.chart-bar x=(left) y=(top.min(zero)) width=((slot - gap).max(1)) height=((zero - top).abs().max(1)) {
                title { (bar.label) ": " (bar.told) }
            }
        }
    };
    around(title, bars, scale, &mark, &drawing)
}

/// Parts of a whole, as one bar of several colours with its legend.
pub(crate) fn share(title: &str, parts: &[Bar]) -> Markup {
    let whole: i128 = parts.iter().map(|part| i128::from(part.value.max(0))).sum::<i128>().max(1);
    let mut drawn = String::new();
    let mut before = 0_i128;
    for (n, part) in parts.iter().enumerate() {
        let begin = before * i128::from(WIDTH) / whole;
        before += i128::from(part.value.max(0));
        let end = before * i128::from(WIDTH) / whole;
        let _ = write!(
            drawn,
            "<rect class=\"share-{}\" x=\"{begin}\" y=\"0\" width=\"{}\" height=\"16\"/>",
            n % 6,
            end - begin
        );
    }
    html! {
        figure.chart {
            figcaption { (title) }
            svg.share viewBox={ "0 0 " (WIDTH) " 16" } role="img" aria-label={ (title) ": " (told(parts)) } preserveAspectRatio="none" {
                (PreEscaped(drawn))
            }
            ul.legend {
                @for (n, part) in parts.iter().enumerate() {
                    li { span class={ "dot share-" (n % 6) } {} (part.label) " " strong { (part.told) } }
                }
            }
        }
    }
}

fn told(bars: &[Bar]) -> String {
    let parts: Vec<String> = bars.iter().map(|bar| format!("{} {}", bar.label, bar.told)).collect();
    parts.join(", ")
}

/// What goes around a drawing: title, marks, and the figures as a table.
fn around(
    title: &str,
    bars: &[Bar],
    scale: Scale,
    mark: &impl Fn(i128) -> String,
    drawing: &Markup,
) -> Markup {
    let plot_height = HEIGHT - BELOW - TOP;
    let (first, last) = (bars.first(), bars.last());
    html! {
        figure.chart {
            figcaption { (title) }
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label={ (title) ". The figures are in the table that follows." } {
                @for value in scale.marks() {
                    @let y = TOP + scale.y(value, plot_height);
                    line.chart-grid x1=(LEFT) x2=(WIDTH) y1=(y) y2=(y) {}
                    text.chart-mark x=(LEFT - 8) y=(y + 4) text-anchor="end" { (mark(value)) }
                }
                (drawing)
                @if let Some(first) = first { text.chart-mark x=(LEFT) y=(HEIGHT - 6) { (first.label) } }
                @if let Some(last) = last.filter(|_| bars.len() > 1) {
                    text.chart-mark x=(WIDTH) y=(HEIGHT - 6) text-anchor="end" { (last.label) }
                }
            }
            details.figures {
                summary { "Figures" }
                table {
                    caption.visually-hidden { (title) }
                    thead { tr { th scope="col" { "Of" } th.figure scope="col" { "Figure" } } }
                    tbody { @for bar in bars { tr { th scope="row" { (bar.label) } td.figure { (bar.told) } } } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(values: &[i64]) -> Vec<Bar> {
        values
            .iter()
            .enumerate()
            .map(|(n, value)| Bar::new(format!("d{n}"), *value, value.to_string()))
            .collect()
    }

    #[test]
    fn marks_are_round_and_hold_every_figure() {
        for (values, low, high, step) in [
            (vec![0, 7], 0, 8, 2),
            (vec![3, 49], 0, 50, 10),
            (vec![-5, 12], -5, 15, 5),
            (vec![0, 0], 0, 1, 1),
            (
                vec![i64::MIN, i64::MAX],
                -10_000_000_000_000_000_000,
                10_000_000_000_000_000_000,
                5_000_000_000_000_000_000,
            ),
        ] {
            let scale = Scale::of(values.iter().copied());
            assert_eq!((scale.low, scale.high, scale.step), (low, high, step), "{values:?}");
            assert_eq!((scale.y(low, 100), scale.y(high, 100)), (100, 0));
        }
    }

    #[test]
    fn a_chart_has_its_figures_in_a_table_and_no_style_of_its_own() {
        for html in [
            line("Balance", &figures(&[1, 5, 3]), |mark| mark.to_string()).0,
            bars("Fees", &figures(&[1, -5, 3]), |mark| mark.to_string()).0,
            share("Mix", &figures(&[1, 5, 0])).0,
        ] {
            assert!(html.contains("role=\"img\"") && html.contains("aria-label"), "{html}");
            assert!(html.contains("d2") && !html.contains("style="), "{html}");
        }
        assert!(line("None", &[], |mark| mark.to_string()).0.contains("<svg"));
        assert_eq!(sparkline(&[1], "x").0, "");
        assert!(sparkline(&[1, 2], "Rising").0.contains("points=\"0,29 120,1\""));
    }
}
