//! Cheat sheets: one page for every case and paper, all of it there, readable and inside the page.
#![allow(clippy::unwrap_used)] // helpers of tests

#[path = "sheet/recorded.rs"]
mod recorded;
mod road_site;

use std::fs;
use std::path::{Path, PathBuf};

use lopdf::{Document, Object};
use rankine_cli::sheet::{
    Extras, Layout, Page, Paper, SMALLEST, Subject, fit, framework, html, of_run, pdf, plain, read_extras,
    unknown_letters,
};
use recorded::{Recorded, recorded};
use road_site::{Site, finish, rankine};

/// The folders of the cases.
fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

fn sheet(of: &Recorded, extras: Option<&Extras>) -> Page {
    of_run(&Subject {
        id: &format!("{}-1a2b3c4d", of.problem.name),
        problem: &of.problem,
        sheet: &of.sheet,
        profile: &of.profile,
        selection: &of.selection,
        provenance: &of.provenance,
        extras,
    })
}

fn sheet_of_case(folder: &Path) -> Page {
    let name = folder.file_name().unwrap().to_string_lossy().into_owned();
    let text = |file: &str| fs::read_to_string(folder.join(file)).unwrap();
    let extras = read_extras(&text("sheet.toml"), &text("interview.toml"))
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    sheet(&recorded(&format!("cases/{name}/design.toml"), &text("design.toml")), Some(&extras))
}

/// The framework and every case.
fn pages() -> Vec<(String, Page)> {
    let case = |folder: PathBuf| {
        (folder.file_name().unwrap().to_string_lossy().into_owned(), sheet_of_case(&folder))
    };
    std::iter::once(("framework".to_owned(), framework())).chain(cases().into_iter().map(case)).collect()
}

/// Letters without what a reader of a PDF or a line break may change.
fn letters(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).collect()
}

/// That a laid out page keeps all promises, and so does its PDF.
fn holds(name: &str, layout: &Layout) {
    let name = format!("{name} on {}", layout.paper.name());
    let (width, height) = layout.paper.size();
    let (left, top, right, bottom) = layout.reach();
    assert!(
        left > 20.0 && top > 20.0 && right < width - 20.0 && bottom < height - 20.0,
        "{name}: {:?}",
        layout.reach()
    );
    for size in layout.sizes() {
        assert!(size > SMALLEST - 1e-3, "{name}: type of {size} pt");
    }
    let bytes = pdf(layout).unwrap();
    let document = Document::load_mem(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    let pages = document.get_pages();
    assert_eq!(pages.len(), 1, "{name}");
    for id in pages.values() {
        let page = document.get_dictionary(*id).unwrap();
        let media: Vec<f32> = page
            .get(b"MediaBox")
            .unwrap()
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one.as_float().unwrap())
            .collect();
        assert!((media[2] - width).abs() < 0.1 && (media[3] - height).abs() < 0.1, "{name}: {media:?}");
    }
    let embedded = document.objects.values().filter_map(|object| object.as_dict().ok());
    let fonts = |kind: &[u8]| {
        let of_kind = |dictionary: &&lopdf::Dictionary| {
            dictionary.get(b"Type").and_then(Object::as_name).is_ok_and(|found| found == kind)
        };
        embedded.clone().filter(of_kind).collect::<Vec<_>>()
    };
    let descriptors = fonts(b"FontDescriptor");
    assert!(descriptors.len() >= 2, "{name}: {} fonts", descriptors.len());
    assert!(descriptors.iter().all(|font| font.has(b"FontFile2")), "{name}: a font is not embedded");
    let told = letters(&document.extract_text(&[1]).unwrap());
    for text in layout.page.texts() {
        // Lines of neighbours stand between those of a text, so that only words are sure to be whole.
        for word in text.split_whitespace().filter(|word| word.chars().count() < 14) {
            assert!(told.contains(&letters(word)), "{name}: `{word}` of `{text}` is not in the PDF");
        }
    }
}

#[test]
fn every_sheet_is_one_page_with_all_of_it_on_it() {
    for (name, page) in pages() {
        assert_eq!(unknown_letters(&page), Vec::<char>::new(), "{name}");
        for paper in Paper::ALL {
            let layout = fit(&page, paper).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(layout.gone, Vec::<String>::new(), "{name} on {}", paper.name());
            assert_eq!(layout.page, page, "{name}");
            holds(&name, &layout);
        }
    }
}

#[test]
fn the_sheets_say_this() {
    for (name, page) in pages() {
        let mut text = String::new();
        for section in page.sections() {
            text.push_str(&format!("\n## {}\n", section.title));
            text.push_str(
                &section.blocks.iter().flat_map(|block| block.lines()).collect::<Vec<_>>().join("\n"),
            );
            text.push('\n');
        }
        let said =
            format!("{}\n{}\n\n{}\n{text}\n{}", page.title, page.kind, page.lead, page.foot.join("\n"));
        insta::assert_snapshot!(name, said);
    }
}

#[test]
fn a_page_of_html_has_all_of_it_and_loads_nothing() {
    for (name, page) in pages() {
        let layout = fit(&page, Paper::Letter).unwrap();
        let made = html(&layout);
        for outside in ["http:", "https:", "//", "@import", "<script", "<link"] {
            let (_, body) = made.split_once("</style>").unwrap();
            assert!(!body.contains(outside), "{name}: {outside}");
        }
        assert!(!made.replace("src:url(data:font", "").contains("url("), "{name}");
        let (_, body) = made.split_once("<body>").unwrap();
        let bare: String =
            body.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect();
        let bare =
            bare.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
        let bare = letters(&bare);
        for text in page.texts() {
            assert!(bare.contains(&letters(&text)), "{name}: `{text}` is not in the page");
        }
    }
}

#[test]
fn the_same_page_gives_the_same_bytes() {
    let layout = fit(&framework(), Paper::A4).unwrap();
    assert_eq!(pdf(&layout).unwrap(), pdf(&fit(&framework(), Paper::A4).unwrap()).unwrap());
}

#[test]
fn a_page_survives_its_json() {
    let (_, page) = pages().swap_remove(1);
    let text = serde_json::to_string(&page).unwrap();
    assert_eq!(serde_json::from_str::<Page>(&text).unwrap(), page);
}

/// A design with so many features, contenders and words that nothing like it fits without a sacrifice.
fn huge(words: usize) -> String {
    let mut design = include_str!("../../../cases/video-recommendation/design.toml").to_owned();
    let contender = "[[contenders]]\nname = \"popular\"\nretrieve = [\"popular\"]\n";
    let more: String = (0..60)
        .map(|at| {
            let name = format!("a-contender-with-a-name-that-somebody-generated-{at}");
            format!("[[contenders]]\nname = \"{name}\"\nretrieve = [\"popular\", \"recent\", \"item-knn\", \"ease\"]\n\n")
        })
        .collect();
    design = design.replace(contender, &format!("{more}{contender}"));
    let features: String = (0..120)
        .map(|at| format!("another_feature_of_the_video_{at} = {{ kind = \"age\", of = \"video\" }}\n"))
        .collect();
    design = design.replace("[features]\n", &format!("[features]\n{features}"));
    let words = "what nobody can say in fewer words ".repeat(words);
    design.replace("objective = \"relevant watches\"", &format!("objective = \"{words}\""))
}

#[test]
fn what_does_not_fit_goes_in_the_declared_order() {
    for (words, cut) in [(40, false), (400, true)] {
        let page = sheet(&recorded("huge/design.toml", &huge(words)), None);
        for paper in Paper::ALL {
            let layout = fit(&page, paper).unwrap();
            // In the order of `spare`, and nothing that has none.
            let sections = layout.gone.iter().filter_map(|title| {
                page.sections().find(|section| section.title == *title).map(|section| section.spare.unwrap())
            });
            let ranks: Vec<u8> = sections.collect();
            assert!(ranks.len() >= 2 && ranks.windows(2).all(|pair| pair[0] <= pair[1]), "{:?}", layout.gone);
            // Only what is left when all of them are gone is shortened.
            assert_eq!(layout.gone.contains(&"ends of long texts".to_owned()), cut, "{:?}", layout.gone);
            assert!(!cut || layout.page.sections().all(|section| section.spare.is_none()));
            assert!(layout.page.sections().any(|section| section.title == "Measured"));
            holds("huge", &layout);
        }
    }
}

#[test]
fn a_sheet_of_a_stranger_is_complete_without_a_case() {
    let text = fs::read_to_string(cases()[3].join("design.toml")).unwrap();
    let page = sheet(&recorded("mine/design.toml", &text), None);
    let titles: Vec<&str> = page.sections().map(|section| section.title.as_str()).collect();
    assert!(!titles.iter().any(|title| title.starts_with("Baits") || title.starts_with("Curveballs")));
    for part in
        ["The problem", "Measured", "Label", "What would change the verdict", "How the label is gamed"]
    {
        assert!(titles.contains(&part), "{part} is not among {titles:?}");
    }
    // Names of any script, marks that belong to nobody, and letters that mean something in HTML.
    let mut odd = page.clone();
    odd.title = "日本 <b>&amp; ` ** \u{202e}x".repeat(30);
    odd.lead = "line\nbreak\tand\u{0}nothing ".repeat(9);
    let layout = fit(&odd, Paper::A4).unwrap();
    assert!(unknown_letters(&layout.page).contains(&'日'));
    assert_eq!(Document::load_mem(&pdf(&layout).unwrap()).unwrap().get_pages().len(), 1);
    assert!(!html(&layout).contains("<b>&amp;"));
    assert!(plain(&odd.title).contains("日本"));
}

#[test]
fn the_command_writes_a_sheet_of_a_run_and_tells_where() {
    let site = Site::new();
    let place = |name: &str| site.at(name).to_string_lossy().into_owned();
    let (tiny, runs) = (place("tiny"), place("runs"));
    // The first time makes the run, the second finds it.
    let sheet = |more: &[&str]| {
        let mut command = rankine();
        command.args(["cheat-sheet", &tiny, "--runs", &runs, "--visits", "40"]).args(more);
        finish(&mut command)
    };
    let first = sheet(&[]);
    assert_eq!(first.code, Some(0), "{}", first.err);
    let written = PathBuf::from(first.out.trim());
    assert!(written.ends_with("cheat-sheet.pdf") && fs::read(&written).unwrap().starts_with(b"%PDF"));
    let run = written.parent().unwrap().to_owned();
    let output = place("sheet.html");
    let second = sheet(&["--output", &output, "--paper", "letter"]);
    assert_eq!((second.code, second.out.trim()), (Some(0), output.as_str()), "{}", second.err);
    let id = run.file_name().unwrap().to_string_lossy().into_owned();
    assert!(fs::read_to_string(&output).unwrap().contains(&id));
    assert_eq!(fs::read_dir(place("runs")).unwrap().count(), 1, "the run was made again");
    // The run's own folder means the same, and `--json` is the page.
    let told = finish(rankine().arg("cheat-sheet").arg(&run).arg("--json"));
    let page: Page = serde_json::from_value(told.json()).unwrap();
    assert!(page.foot[0].contains(&id) && page.foot[0].contains("seed 1"), "{:?}", page.foot);
    // Parts were timed while the contenders were measured.
    let bundled = page.sections().find(|section| section.title.starts_with("Bundled")).unwrap();
    assert!(bundled.blocks[0].lines().iter().any(|line| line.contains(" ms | ")), "{bundled:?}");
}

#[test]
fn wrong_arguments_are_told_with_what_to_do() {
    let site = Site::new();
    let output = site.at("sheet.docx").to_string_lossy().into_owned();
    let cases: [(&[&str], &str); 4] = [
        (&["cheat-sheet", "--output", &output], ".pdf or an .html"),
        (&["cheat-sheet", "video-recomendation"], "did you mean `video-recommendation`?"),
        (&["cheat-sheet", "--paper", "a3"], "letter"),
        (&["cheat-sheet", "--output", "/nowhere/at/all.pdf"], "/nowhere/at/all.pdf"),
    ];
    for (arguments, told) in cases {
        let done = finish(rankine().args(arguments));
        assert_ne!(done.code, Some(0), "{arguments:?}");
        assert!(done.err.contains(told), "{arguments:?}: {}", done.err);
        assert_eq!(done.out, "", "{arguments:?}");
    }
}

#[test]
fn what_decisions_cost_may_speak_for_another() {
    let folder = cases().into_iter().find(|folder| folder.ends_with("harmful-content")).unwrap();
    let design = fs::read_to_string(folder.join("design.toml")).unwrap();
    let mut of = recorded("cases/harmful-content/design.toml", &design);
    let cost = "The cost: decisions by early cost 1";
    let told = |of: &Recorded| sheet(of, None).texts().iter().any(|text| text.contains(cost));
    assert!(!told(&of), "all cost the same");
    let decided = &mut of.selection.prediction.as_mut().unwrap().decided;
    decided.iter_mut().find(|decided| decided.name == "early").unwrap().cost_per_thousand = 1.0;
    assert!(told(&of));
}
