//! Clarify as a person meets it: findings, the problem of the case, the sheet, the schema.

use rankine::Problem;
use rankine::clarify::{Clarified, Sheet, clarify, new_design, schema, text};
use rankine_design::{Findings, Severity, Source, render};

const CASE: &str = include_str!("../../../cases/video-recommendation/design.toml");
const MOVIELENS: &str = include_str!("../../../cases/video-recommendation/data/movielens.toml");
const BASE: &str = include_str!("clarify/base.toml");

fn shown(findings: &Findings, sources: &[Source]) -> String {
    render(findings, sources, false, 100)
}

/// The base design with each text of a pair replaced by the other.
fn changed(changes: &[(&str, &str)]) -> String {
    let mut design = BASE.to_owned();
    for (from, to) in changes {
        assert_eq!(design.matches(from).count(), 1, "`{from}` stands once in the base design");
        design = design.replace(from, to);
    }
    design
}

fn of(design: &str) -> (Clarified, String) {
    let sources = [Source::new("design.toml", design)];
    let clarified = clarify(&sources);
    let text = shown(&clarified.findings, &sources);
    (clarified, text)
}

macro_rules! findings {
    ($($test:ident: [$($change:expr),* $(,)?]),* $(,)?) => {
        $(#[test]
        fn $test() {
            let (clarified, text) = of(&changed(&[$($change),*]));
            assert_eq!(clarified.problem.is_some(), clarified.findings.errors() == 0);
            assert_eq!(clarified.sheet.is_some(), clarified.findings.errors() == 0);
            insta::assert_snapshot!(stringify!($test), text);
        })*
    };
}

findings! {
    another_task: [("\"rank\"", "\"classify\"")],
    misspelt_names: [
        ("for = \"user\"", "for = \"usr\""),
        ("\"product\"\nslate", "\"prodct\"\nslate"),
    ],
    ranked_for_itself: [("\"product\"\nslate", "\"user\"\nslate")],
    misspelt_algorithms: [
        ("[\"popular\"]", "[\"populr\", \"trees\"]"),
        ("factors = 32", "factrs = 32, iterations = \"many\", depth = 0"),
        ("score = \"trees\"", "score = \"als\""),
    ],
    parameters_out_of_range: [
        ("factors = 32", "factors = 100000, alpha = -1"),
        ("{ kind = \"hour\" }", "{ kind = \"hour\", offset = 100 }"),
        ("[\"popular\"]", "[{ algorithm = \"popular\", window = \"7 moons\" }]"),
    ],
    misspelt_features: [
        ("\"hour\" }", "\"huor\" }"),
        ("of = \"product.price\"", "of = \"price\""),
        ("event = \"view\"", "event = \"veiw\""),
        ("of = \"product\", windows", "of = \"prodct\", window"),
    ],
    features_that_cannot_be_built: [
        ("kind = \"hour\"", "kind = \"age\", of = \"product.price\""),
        ("of = \"product\", windows = [\"1d\", \"7d\"]", "of = \"product.price\", windows = [\"1d\", \"7d\"]"),
        ("[[contenders]]\nname = \"popular\"", "soon = { kind = \"rate\", top = \"view\", bottom = \"impression\", \
          of = \"product\", windows = [\"1d\", \"5s\"] }\n[[contenders]]\nname = \"popular\""),
    ],
    label_with_an_unknown_field: [("product.price\"\n", "product.prise\"\n")],
    label_that_is_no_expression: [("amount >= 0.5 * product.price", "amount = \\\"much\\\"")],
    label_of_an_unknown_event: [("from = \"purchase\"", "from = [\"purchase\", \"purchases\"]")],
    label_of_an_event_that_cannot_count: [("from = \"purchase\"", "from = [\"purchase\", \"view\"]")],
    label_that_reads_nothing: [("amount >= 0.5 * product.price", "1 > 0")],
    names_taken_twice: [
        ("[label.bought]", "[label.view]"),
        ("[events.purchase]", "[events.request]"),
        ("from = \"purchase\"", "from = \"request\""),
    ],
    an_entity_called_as_a_key_of_the_log: [("[entities.product]", "[entities.id]")],
    misspelt_evaluation: [
        ("\"ndcg@10\"", "\"ndgc@10\""),
        ("\"coverage >= 0.05\"", "\"coverge >= 5%\", \"coverage > 0.05\", \"coverage@10 >= lots\""),
        ("\"recall@20\"", "\"recall@none\""),
        ("\"product.tail\"", "\"product.tial\""),
        ("baseline = \"popular\"", "baseline = \"popularity\""),
        ("\"95%\"", "\"100%\""),
    ],
    more_places_than_candidates: [("depth = 200", "depth = 5"), ("slate = 10", "slate = 8")],
    metric_beyond_the_slate: [("\"ndcg@10\"", "\"ndcg@30\""), ("\"recall@20\"", "\"recall@500\"")],
    metric_that_cannot_decide: [("\"ndcg@10\"", "\"coverage@10\"")],
    one_contender_twice: [
        ("retrieve = [{ algorithm = \"als\", factors = 32 }]\ndepth = 200\nscore = \"trees\"", "retrieve = \"popular\""),
    ],
    one_retriever_twice: [(
        "[\"popular\"]",
        "[\"popular\", { algorithm = \"popular\", window = \"1d\" }, { algorithm = \"popular\", depth = 50 }]",
    )],
    periods_that_leave_a_rest: [("validation = \"15%\", ", "validation = \"0%\", ")],
    nothing_fits: [
        ("\"50k\"", "\"200M\""),
        ("[\"popular\"]", "[{ algorithm = \"als\", factors = 256 }]"),
    ],
    one_does_not_fit: [("\"50k\"", "\"20M\"")],
    several_contradictions: [
        ("\"1%\"", "0"),
        ("servers = 3\n", ""),
        ("\"coverage >= 0.05\"", "\"coverage >= 0\""),
        (
            "hour = { kind = \"hour\" }\nprice = { kind = \"field\", of = \"product.price\" }\n\
             views = { kind = \"count\", event = \"view\", of = \"product\", windows = [\"1d\", \"7d\"] }\n",
            "",
        ),
        ("retrieve = [\"popular\"]\n", ""),
        ("history = \"50%\"", "history = \"60%\""),
    ],
    rerankers: [(
        "score = \"trees\"",
        "score = \"trees\"\nrerank = [\"mmr\", { algorithm = \"mmr\", field = \"product.price\" }]",
    )],
    scale_of_nothing: [
        ("\"2M daily\"", "0"),
        ("\"900/s\"", "\"0/s\""),
        ("\"50ms\"", "\"0ms\""),
        ("servers = 3", "servers = 0"),
    ],
    features_of_what_events_say: [
        ("kind = \"hour\"", "kind = \"aggregate\", event = \"purchase\", value = \"purchase.amount\", of = \"user\""),
        ("kind = \"field\", of = \"product.price\"", "kind = \"field\", of = \"purchase.amount\""),
        ("kind = \"count\", event = \"view\"", "kind = \"distinct\", what = \"product\", event = \"view\""),
    ],
    features_that_do_not_fit: [
        ("kind = \"hour\"", "kind = \"similarity\", of = \"user.country\""),
        ("kind = \"field\", of = \"product.price\"", "kind = \"text-match\", of = \"product.title\", query = \"request.device\""),
        (
            "kind = \"count\", event = \"view\", of = \"product\", windows = [\"1d\", \"7d\"]",
            "kind = \"trend\", event = \"view\", of = \"product\", short = \"7d\", long = \"1d\"",
        ),
        ("[[contenders]]\nname = \"popular\"", "spread = { kind = \"histogram\", event = \"view\", value = \"view.seconds\", \
          of = \"user\", edges = [5, 1] }\n[[contenders]]\nname = \"popular\""),
    ],
    a_place_where_nothing_was_shown: [("kind = \"hour\"", "kind = \"position\"")],
    own_features: [("depth = 200", "features = [\"hour\", \"pryce\"]")],
}

#[test]
fn the_base_has_no_findings() {
    assert_eq!(of(BASE).1, "");
}

#[test]
fn one_finding_says_that_there_is_no_contender() {
    let first = BASE.find("[[contenders]]").expect("the base has contenders");
    let end = BASE.find("[evaluate]").expect("the base has an evaluation");
    let (before, after) = (&BASE[..first], &BASE[end..]);
    for design in [format!("{before}{after}"), format!("contenders = []\n{before}{after}")] {
        let (clarified, text) = of(&design);
        let codes: Vec<&str> = clarified.findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["missing-key"], "{text}");
    }
}

#[test]
fn the_case_becomes_a_problem() {
    let (clarified, text) = of(CASE);
    assert_eq!(text, "");
    let problem = clarified.problem.expect("there is no error");
    let json = serde_json::to_string(&problem).expect("a problem is plain data");
    assert_eq!(serde_json::from_str::<Problem>(&json).expect("it reads what it wrote"), problem);
    insta::assert_json_snapshot!("case_problem", problem);
}

#[test]
fn movielens_is_laid_over_the_case() {
    let sources = [Source::new("design.toml", CASE), Source::new("movielens.toml", MOVIELENS)];
    let clarified = clarify(&sources);
    insta::assert_snapshot!("movielens_findings", shown(&clarified.findings, &sources));
    let problem = clarified.problem.expect("there is no error");
    let features: Vec<&str> = problem.features.iter().map(|feature| feature.name.as_str()).collect();
    assert_eq!(features, ["age", "hour", "genre", "habit", "work"]);
    assert!(MOVIELENS.lines().count() < 30);
    insta::assert_json_snapshot!("movielens_tables", (&problem.schema, &problem.labels, &problem.tables));
}

#[test]
fn a_slip_in_the_design_stays_an_error_under_a_mapping() {
    let design = CASE.replace("to = \"video.genre\"", "to = \"video.gender\"");
    let clarified = clarify(&[Source::new("design.toml", design), Source::new("movielens.toml", MOVIELENS)]);
    let errors: Vec<&str> = clarified
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.code)
        .collect();
    assert_eq!(errors, ["unknown-field"]);
}

#[test]
fn mistakes_in_a_mapping() {
    let mapping = MOVIELENS
        .replace("interaction = \"watch\"", "interaction = \"wach\"")
        .replace("entity = \"user\"", "entity = \"usr\"")
        .replace("genre = { flags = \"genre:\" }, released", "genre = { flags = \"flag:\" }, relesed");
    let sources = [Source::new("design.toml", CASE), Source::new("movielens.toml", mapping)];
    let mut clarified = clarify(&sources);
    clarified.findings.retain(|finding| finding.severity == Severity::Error);
    insta::assert_snapshot!("mistakes_in_a_mapping", shown(&clarified.findings, &sources));
}

#[test]
fn defaults_fill_what_a_design_leaves_open() {
    let bare = "[problem]\nname = \"bare\"\ntask = \"rank\"\nfor = \"user\"\nchoose = \"item\"\n\
                [entities]\nuser = {}\nitem = {}\n[events]\ntake = {}\n[label.taken]\nfrom = \"take\"\n\
                [[contenders]]\nname = \"popular\"\nretrieve = \"popular\"\n\
                [[contenders]]\nname = \"random\"\nretrieve = \"random\"\n[evaluate]\nmetric = \"ndcg\"\n";
    let (clarified, text) = of(bare);
    assert_eq!(text, "");
    let problem = clarified.problem.expect("there is no error");
    assert_eq!((problem.slate, problem.repeat, problem.labels.0[0].within), (10, false, 3_600_000));
    let evaluate = &problem.evaluate;
    assert_eq!(evaluate.periods, [0.5, 0.2, 0.15, 0.15]);
    assert_eq!((evaluate.margin, evaluate.confidence, evaluate.trials), (0.01, 0.95, 3));
    assert_eq!((evaluate.baseline.as_str(), evaluate.metric.k), ("popular", 10));
    for (slate, depth) in [(1, 100), (10, 100), (15, 150), (50, 200), (300, 300)] {
        let design = bare.replace("choose", &format!("slate = {slate}\nchoose"));
        let problem = of(&design).0.problem.expect("there is no error");
        assert_eq!(problem.contenders[0].depth, depth, "{slate}");
    }
    let sheet = clarified.sheet.expect("there is no error");
    insta::assert_snapshot!("bare_sheet", self::text(&sheet, 80));
}

#[test]
fn the_sheet_of_the_base() {
    let sheet = of(BASE).0.sheet.expect("there is no error");
    let json = serde_json::to_string(&sheet).expect("a sheet is plain data");
    assert_eq!(serde_json::from_str::<Sheet>(&json).expect("it reads what it wrote"), sheet);
    for width in [40, 80, 120] {
        for line in text(&sheet, width).lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
    insta::assert_snapshot!("base_sheet", text(&sheet, 100));
}

/// Lines that a question proposes are lines that clarify takes.
#[test]
fn every_question_can_be_answered() {
    let sheet = of(BASE).0.sheet.expect("there is no error");
    for question in &sheet.questions {
        let (table, line) = question.line.split_once("] ").expect("a table and a line");
        assert!(BASE.contains(table.trim_start_matches('[')), "{}", question.line);
        assert!(line.contains(" = "), "{}", question.line);
    }
}

#[test]
fn a_new_design_is_the_case_under_another_name() {
    let design = new_design(CASE, "My films");
    let problem = of(&design).0.problem.expect("there is no error");
    let case = of(CASE).0.problem.expect("there is no error");
    assert_eq!(problem, Problem { name: "my-films".to_owned(), ..case });
    assert_eq!(design.lines().count(), CASE.lines().count());
}

#[test]
fn the_schema_refers_to_what_it_defines() {
    let schema = schema();
    let definitions = schema["$defs"].as_object().expect("definitions");
    let mut references = Vec::new();
    collect(&schema, &mut references);
    assert!(references.len() > 20);
    for reference in references {
        let name = reference.strip_prefix("#/$defs/").expect("references stay inside");
        assert!(definitions.contains_key(name), "{name}");
    }
    assert_eq!(schema["required"], serde_json::json!(["problem", "contenders", "evaluate"]));
    assert_eq!(definitions["retriever.popular"]["properties"]["window"]["default"], "7d");
    assert_eq!(definitions["feature.hour"]["properties"]["offset"]["minimum"], -12.0);
    assert_eq!(definitions["scale"]["additionalProperties"], false);
}

fn collect<'a>(value: &'a serde_json::Value, references: &mut Vec<&'a str>) {
    match value {
        serde_json::Value::Object(object) => {
            for (key, value) in object {
                match value.as_str() {
                    Some(reference) if key == "$ref" => references.push(reference),
                    _ => collect(value, references),
                }
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}

/// Whatever a line of the base is replaced by, clarify answers.
#[test]
fn any_line_may_be_missing_or_cut() {
    let lines: Vec<&str> = BASE.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        for put in ["", &line[..line.len() / 2], "x = \"é\"", "[features]"] {
            let mut changed = lines.clone();
            changed[index] = put;
            let (clarified, text) = of(&changed.join("\n"));
            assert_eq!(clarified.problem.is_none(), clarified.findings.errors() > 0, "{text}");
        }
    }
}
