//! Running a network: the one place that knows the library which does it.

/// What a network gives under one name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Output {
    /// Its name.
    pub(super) name: String,
    /// Its sizes, without the first one, of 1, that counts pictures.
    pub(super) shape: Vec<usize>,
    /// Its numbers.
    pub(super) values: Vec<f32>,
}

#[cfg(feature = "onnx")]
pub(super) use with::Network;
#[cfg(not(feature = "onnx"))]
pub(super) use without::Network;

#[cfg(feature = "onnx")]
mod with {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;

    use rten::{Dimension, Model, NodeId, RunOptions, ThreadPool, Value};
    use rten_tensor::prelude::*;

    use super::Output;

    /// A network that can be asked.
    pub(in super::super) struct Network {
        model: Model,
        /// Where a picture goes in.
        place: NodeId,
        input: Vec<Option<usize>>,
    }

    thread_local! {
        /// A picture is searched on one core, by whoever asks: pictures are searched side by side, and their
        /// figures are those of one core.
        static POOL: Arc<ThreadPool> = Arc::new(ThreadPool::with_num_threads(1));
    }

    impl Network {
        /// Reads a network.
        ///
        /// # Errors
        /// A sentence, where the bytes are not one that can be run here.
        pub(in super::super) fn open(bytes: &[u8]) -> Result<Network, String> {
            let model = guarded(|| Model::load(bytes.to_vec()).map_err(|error| error.to_string()))
                .map_err(|problem| format!("it cannot be read as ONNX: {problem}"))?;
            let size = |one: &Dimension| match one {
                Dimension::Fixed(size) => Some(*size),
                Dimension::Symbolic(_) => None,
            };
            let sizes = |at: usize| -> Vec<Option<usize>> {
                model.input_shape(at).unwrap_or_default().iter().map(size).collect()
            };
            let inputs = model.input_ids().len();
            let picture = match inputs {
                1 => Some(0),
                // Files of before 2019 list weights among the inputs.
                _ => (0..inputs).find(|at| one_picture(&sizes(*at))),
            };
            let place = picture.ok_or_else(|| {
                format!(
                    "none of its {inputs} inputs is one picture of three colours, and nothing else is there"
                )
            })?;
            let (input, place) = (sizes(place), model.input_ids()[place]);
            Ok(Network { model, place, input })
        }

        /// The sizes of its input, where it says them; empty where it says none.
        pub(in super::super) fn input(&self) -> &[Option<usize>] {
            &self.input
        }

        /// What it makes of these numbers.
        ///
        /// # Errors
        /// A sentence, where they do not fit, or what it gives is not of numbers.
        pub(in super::super) fn run(&self, shape: &[usize], values: Vec<f32>) -> Result<Vec<Output>, String> {
            let asked = || {
                let input = Value::from_shape(shape, values).map_err(|error| error.to_string())?;
                let pool = POOL.with(Arc::clone);
                let options = RunOptions::default().with_thread_pool(Some(pool));
                let inputs = vec![(self.place, input.into())];
                let values = self.model.run(inputs, self.model.output_ids(), Some(options));
                let values = values.map_err(|error| error.to_string())?;
                let name = |id| self.model.node_info(id).and_then(|node| Some(node.name()?.to_owned()));
                let output = |(id, value): (NodeId, Value)| {
                    let tensor = value.into_tensor::<f32>()?;
                    let shape = tensor.shape().to_vec();
                    let shape = shape.strip_prefix(&[1]).map_or(shape.clone(), <[usize]>::to_vec);
                    Some(Output { name: name(id).unwrap_or_default(), shape, values: tensor.into_data() })
                };
                // What is no list of numbers, such as counts of boxes, tells no box.
                Ok(self.model.output_ids().iter().copied().zip(values).filter_map(output).collect())
            };
            guarded(asked).map_err(|problem| format!("it cannot be run on a picture: {problem}"))
        }
    }

    fn one_picture(sizes: &[Option<usize>]) -> bool {
        let is = |at: usize, wanted: usize| sizes[at].is_none_or(|size| size == wanted);
        sizes.len() == 4 && is(0, 1) && (sizes[1] == Some(3) || sizes[3] == Some(3))
    }

    /// Files come from outside, and the library does not promise never to panic on them.
    fn guarded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
        catch_unwind(AssertUnwindSafe(work))
            .unwrap_or_else(|_| Err("the library that reads it gave up".to_owned()))
    }
}

#[cfg(not(feature = "onnx"))]
mod without {
    use super::Output;

    /// There is none.
    pub(in super::super) enum Network {}

    impl Network {
        pub(in super::super) fn open(_: &[u8]) -> Result<Network, String> {
            Err("this build cannot read ONNX; `cargo build --release --features onnx` makes one that can"
                .to_owned())
        }

        pub(in super::super) fn input(&self) -> &[Option<usize>] {
            match *self {}
        }

        pub(in super::super) fn run(&self, _: &[usize], _: Vec<f32>) -> Result<Vec<Output>, String> {
            match *self {}
        }
    }
}
