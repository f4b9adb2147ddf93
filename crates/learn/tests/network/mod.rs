//! A network of a few numbers, written out as ONNX: it finds bright spots. Shared by the tests of two crates.

/// Bright squares: the mean of `stride x stride` pixels and of three colours is the score of a box of `side`
/// pixels around their middle. Takes one picture of `width x height`; of any size where both are 0. Its one
/// output, `boxes`, has a row for each square: shift across and down, logarithms of the sides in strides, score.
pub(crate) fn bright_squares(width: i64, height: i64, stride: i64, side: f32) -> Vec<u8> {
    let sides = (side / stride as f32).ln();
    let mut weights = vec![0.0f32; 15];
    weights[12..].fill(1.0 / 3.0);
    let size = |size: i64, name: &str| match size {
        0 => field(2, name.as_bytes()),
        size => number(1, size),
    };
    let dims = [number(1, 1), number(1, 3), size(height, "height"), size(width, "width")];
    let graph = [
        node(
            "AveragePool",
            &["picture"],
            "pooled",
            &[ints("kernel_shape", &[stride; 2]), ints("strides", &[stride; 2])],
        ),
        node(
            "Conv",
            &["pooled", "weights", "bias"],
            "told",
            &[
                ints("kernel_shape", &[1; 2]),
                ints("strides", &[1; 2]),
                ints("pads", &[0; 4]),
                ints("dilations", &[1; 2]),
            ],
        ),
        node("Reshape", &["told", "rows"], "planes", &[]),
        node("Transpose", &["planes"], "boxes", &[ints("perm", &[0, 2, 1])]),
        field(2, b"bright-squares"),
        field(5, &floats("weights", &[5, 3, 1, 1], &weights)),
        field(5, &floats("bias", &[5], &[0.5, 0.5, sides, sides, 0.0])),
        field(5, &whole("rows", &[1, 5, -1])),
        field(11, &value("picture", &dims)),
        field(12, &value("boxes", &[number(1, 1), field(2, b"squares"), number(1, 5)])),
    ];
    // The form of 2020, operators of 2019.
    [number(1, 7), field(7, &graph.concat()), field(8, &[field(1, b""), number(2, 11)].concat())].concat()
}

fn node(kind: &str, inputs: &[&str], output: &str, attributes: &[Vec<u8>]) -> Vec<u8> {
    let mut body: Vec<u8> = inputs.iter().flat_map(|input| field(1, input.as_bytes())).collect();
    // The library takes a node and its output for one where they bear one name.
    let name = format!("{kind} of {output}");
    body.extend([field(2, output.as_bytes()), field(3, name.as_bytes()), field(4, kind.as_bytes())].concat());
    body.extend(attributes.concat());
    field(1, &body)
}

/// An attribute of a node that is a list of whole numbers.
fn ints(name: &str, values: &[i64]) -> Vec<u8> {
    let values = values.iter().flat_map(|value| number(8, *value));
    field(5, &[field(1, name.as_bytes()), values.collect(), number(20, 7)].concat())
}

fn floats(name: &str, sizes: &[i64], values: &[f32]) -> Vec<u8> {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let sizes: Vec<u8> = sizes.iter().flat_map(|size| number(1, *size)).collect();
    [sizes, number(2, 1), field(8, name.as_bytes()), field(9, &bytes)].concat()
}

fn whole(name: &str, values: &[i64]) -> Vec<u8> {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    [number(1, values.len() as i64), number(2, 7), field(8, name.as_bytes()), field(9, &bytes)].concat()
}

/// What goes in or comes out: numbers of these sizes.
fn value(name: &str, dims: &[Vec<u8>]) -> Vec<u8> {
    let dims: Vec<u8> = dims.iter().flat_map(|dim| field(1, dim)).collect();
    let kind = field(1, &[number(1, 1), field(2, &dims)].concat());
    [field(1, name.as_bytes()), field(2, &kind)].concat()
}

/// A field of bytes, as protocol buffers write it.
fn field(tag: u64, bytes: &[u8]) -> Vec<u8> {
    [variable(tag << 3 | 2), variable(bytes.len() as u64), bytes.to_vec()].concat()
}

fn number(tag: u64, value: i64) -> Vec<u8> {
    [variable(tag << 3), variable(value as u64)].concat()
}

fn variable(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}
