//! Every form in which a log may lie, with a sample: what readers are tested by, and fuzzed from.

pub(super) const DESIGN: &str = r#"
[problem]
name = "hostile"
task = "rank"
for = "user"
choose = "item"
[entities.user]
[entities.item]
text = "text"
tags = "categories"
look = "vector"
[events.view]
seconds = "number"
[label.viewed]
from = "view"
within = "1h"
[[contenders]]
name = "popular"
retrieve = ["popular"]
[evaluate]
metric = "ndcg@10"
"#;

pub(super) const VIEWS: &str = "interaction = \"view\"\nuser = \"who\"\nitem = \"what\"\ntime = \"at\"\nfields = { seconds = \"seconds\" }\n";

/// A log wants an event: what stands beside entities.
pub(super) const BESIDE: (&str, &str) = ("beside.edges", "u9 i9 1767225600000\n");

/// A form with its mapping (empty for the native schema), a sample, and how many rows that has at least.
pub(super) struct Sample {
    pub(super) file: &'static str,
    pub(super) mapping: String,
    pub(super) bytes: Vec<u8>,
    pub(super) rows: usize,
    /// Whether each line that is not blank is a row.
    pub(super) by_line: bool,
    /// A row in its form that is longer than any reader takes.
    pub(super) long: Option<(&'static str, &'static str)>,
}

pub(super) fn table(file: &str, keys: &str) -> String {
    let own = format!("[[tables]]\nfile = \"{file}\"\n{keys}\n");
    match keys.contains("entity =") {
        true => format!("{own}[[tables]]\nfile = \"{}\"\n{EDGES}", BESIDE.0),
        false => own,
    }
}

const EDGES: &str =
    "format = \"edges\"\ninteraction = \"view\"\nuser = \"from\"\nitem = \"to\"\ntime = \"time\"\n";

/// The forms that are text.
pub(super) fn texts() -> Vec<Sample> {
    let text = |file, keys: &str, text: &str, rows, by_line, long| Sample {
        file,
        mapping: if keys.is_empty() { String::new() } else { table(file, keys) },
        bytes: text.as_bytes().to_vec(),
        rows,
        by_line,
        long,
    };
    let order = "interaction = \"view\"\nuser = \"who\"\nitem = \"item\"\ntime = \"order\"\n";
    let queries = "format = \"svmlight\"\nwidth = 3\nexample = \"view\"\nanswers = \"qid\"\nuser = \"qid\"\nitem = \"comment\"\n\
        time = { at = \"2026-01-01\" }\nfields = { seconds = \"label\", look = \"vector\" }\n";
    vec![
        text(
            "t.csv",
            &format!("header = true\n{VIEWS}"),
            "who,what,at,seconds\nu1,i1,1767225600000,2.5\n\"u,2\",\"i \"\"2\"\"\",2026-01-01T10:00:00Z,\r\nu3,é,1767225600002,1e3\n",
            3,
            false,
            Some(("", ",i1,1767225600000,1\n")),
        ),
        text(
            "t.tsv",
            &format!("header = true\nseparator = \"\\t\"\n{VIEWS}"),
            "who\twhat\tat\tseconds\nu1\ti\"1\t1767225600000\t2.5\nu2\ti2\t2026-01-01\t\n",
            2,
            false,
            Some(("", "\ti1\t1767225600000\t1\n")),
        ),
        text(
            "t.jsonl",
            VIEWS,
            "{\"who\":\"u1\",\"what\":\"i1\",\"at\":1767225600000,\"seconds\":2.5}\n{\"who\":2,\"what\":\"é\",\"at\":\"2026-01-01\"}\n",
            2,
            true,
            Some(("{\"who\":\"", "\"}\n")),
        ),
        text(
            "t.json",
            VIEWS,
            "[{\"who\":\"u1\",\"what\":\"i1\",\"at\":1767225600000,\"seconds\":2.5},\n {\"who\":\"u2\",\"what\":\"i\",\"at\":\"2026-01-01\"}]",
            2,
            false,
            None,
        ),
        text(
            "t.svm",
            queries,
            "2 qid:7 1:0.5 3:1 # a\n0 qid:7 2:-1e3 # b\n1 qid:8 # c\n",
            3,
            false,
            Some(("1 qid:9 1:0.5 # ", "\n")),
        ),
        text(
            "t.txt",
            &format!("format = \"sessions\"\ncolumns = [\"who\"]\n{order}"),
            "u1 i1 i2\nu2 i3\n\nu1 é\n",
            4,
            false,
            Some(("u1 ", "\n")),
        ),
        text(
            "t.edges",
            EDGES,
            "# who knows whom\na b 1767225600000\nb c 1767225600001\n",
            2,
            false,
            Some(("a ", " 1\n")),
        ),
        text(
            "t.trec",
            "format = \"trec\"\nentity = \"item\"\nid = \"docno\"\nfields = { text = \"text\" }\n",
            "<DOC>\n<DOCNO> d1 </DOCNO>\n<TEXT>\nwing &amp; <b>tail</b>\n</TEXT>\n</DOC>\n<doc>\n<docno>2</docno>\n</doc>\n",
            2,
            false,
            Some(("<doc>\n<docno>3</docno>\n<text>", "</text>\n</doc>\n")),
        ),
        text(
            "t.all",
            "format = \"cranfield\"\nentity = \"item\"\nid = \"i\"\nfields = { text = \"w\", tags = \"t\" }\n",
            ".I 1\n.T\na title\n.W\nwing\n.I 2\n.W\nflow\n",
            2,
            false,
            Some((".I 3\n.W\n", "\n")),
        ),
        text(
            "log.jsonl",
            "",
            "{\"event\":\"item\",\"id\":\"i1\",\"time\":1767225600000,\"fields\":{\"tags\":[\"a\",\"b\"],\"look\":[1,0.5]}}\n\
             {\"event\":\"request\",\"id\":\"r1\",\"time\":\"2026-01-01T10:00:00Z\",\"user\":\"u1\",\"shown\":[\"i1\",\"é\"]}\n\
             {\"event\":\"view\",\"id\":\"e1\",\"time\":1767225600009,\"known\":1767225600010,\"user\":\"u1\",\"item\":\"i1\",\"request\":\"r1\",\"fields\":{\"seconds\":9}}\n\
             {\"event\":\"ranking\",\"id\":\"r2\",\"timestamp\":\"1767261600000\",\"user\":\"u1\",\"fields\":[],\"items\":[{\"id\":\"i1\"}]}\n",
            4,
            true,
            Some(("{\"event\":\"view\",\"user\":\"", "\"}\n")),
        ),
    ]
}
