//! A new design from a case's: the same text under a name of its own.

use rankine_design::{Source, parse};

use super::resolve::slug;

/// The design `case_text` with `problem.name` replaced by `name` (in small letters, digits and dashes;
/// `new-design` where none is left); everything else, comments too, stays as it is. Where the case has no
/// name that can be replaced, `[problem]` gets one; a text without `[problem]` comes back unchanged.
pub fn new_design(case_text: &str, name: &str) -> String {
    let name = Some(slug(name)).filter(|name| !name.is_empty()).unwrap_or_else(|| "new-design".to_owned());
    let (design, _) = parse(&[Source::new("design.toml", case_text)]);
    let mut text = case_text.to_owned();
    if let Some(written) = &design.problem.name {
        text.replace_range(written.span.start..written.span.end, &format!("\"{name}\""));
    } else if let Some(header) = case_text.find("[problem]") {
        let after = header + "[problem]".len();
        let line_end = case_text[after..].find('\n').map_or(case_text.len(), |length| after + length);
        text.insert_str(line_end, &format!("\nname = \"{name}\""));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::new_design;

    #[test]
    fn only_the_name_changes() {
        let case = "# A case\n[problem]\nname = \"films\"   # of the case\ntask = \"rank\"\n";
        let cases = [
            (case, "My shop", "# A case\n[problem]\nname = \"my-shop\"   # of the case\ntask = \"rank\"\n"),
            (case, "\"!\n", "# A case\n[problem]\nname = \"new-design\"   # of the case\ntask = \"rank\"\n"),
            ("[problem]\ntask = \"rank\"\n", "a", "[problem]\nname = \"a\"\ntask = \"rank\"\n"),
            ("[problem]", "a", "[problem]\nname = \"a\""),
            ("", "a", ""),
        ];
        for (text, name, expected) in cases {
            assert_eq!(new_design(text, name), expected);
        }
    }
}
