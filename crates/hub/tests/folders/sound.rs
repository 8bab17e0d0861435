use super::*;

fn values(weights: &Weights, name: &str) -> (Vec<usize>, Vec<u32>) {
    let tensor = weights.read(name).expect("it can be read").expect("it is there");
    (tensor.shape, tensor.values.iter().map(|value| value.to_bits()).collect())
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn tensors_are_told_with_their_shapes() {
    let halves: Vec<u8> = [0x3c00_u16, 0xc000, 0x0001].iter().flat_map(|word| word.to_le_bytes()).collect();
    let brains: Vec<u8> = [0x3f80_u16, 0xc000, 0x7f80].iter().flat_map(|word| word.to_le_bytes()).collect();
    let doubles: Vec<u8> = [0.1_f64, -0.0, 1e300].iter().flat_map(|word| word.to_le_bytes()).collect();
    let singles = bytes(&[f32::MIN_POSITIVE / 2.0, -0.0, f32::NAN]);
    let said = header(&[
        entry("half", "F16", &[3], 0, 6),
        entry("brain", "BF16", &[3, 1], 6, 12),
        entry("double", "F64", &[1, 3], 12, 36),
        entry("single", "F32", &[3], 36, 48),
    ]);
    let weights = Home::of(&file(&said, &[halves, brains, doubles, singles].concat())).weights().expect("it is sound");
    assert_eq!(weights.names().collect::<Vec<_>>(), ["brain", "double", "half", "single"]);
    assert_eq!((weights.bytes(), weights.shape("brain")), (48, Some(&[3, 1][..])));
}

#[test]
fn numbers_are_those_that_were_written() {
    let cases: [(&str, Vec<u8>, Vec<f32>); 4] = [
        ("F16", words(&[0x3c00, 0xc000, 0x0001, 0x7bff]), vec![1.0, -2.0, 5.960_464_5e-8, 65504.0]),
        ("BF16", words(&[0x3f80, 0xc000, 0x7f80, 0x8000]), vec![1.0, -2.0, f32::INFINITY, -0.0]),
        ("F64", doubles(&[0.1, -0.0, 1e300, 1e-300]), vec![0.1, -0.0, f32::INFINITY, 0.0]),
        ("F32", bytes(&[1e-45, -0.0, f32::NAN, 0.1]), vec![1e-45, -0.0, f32::NAN, 0.1]),
    ];
    for (kind, data, expected) in cases {
        let said = header(&[entry("x", kind, &[2, 2], 0, data.len())]);
        let home = Home::of(&file(&said, &data));
        assert_eq!(values(&home.weights().expect("it is sound"), "x"), (vec![2, 2], bits(&expected)), "{kind}");
    }
}

fn words(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn doubles(numbers: &[f64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

#[test]
fn scalars_and_empty_tensors_are_read() {
    let said = header(&[entry("scalar", "F32", &[], 0, 4), entry("none", "F32", &[0, 7], 4, 4)]);
    let home = Home::of(&file(&said, &bytes(&[3.5])));
    let weights = home.weights().expect("it is sound");
    assert_eq!(values(&weights, "scalar"), (vec![], bits(&[3.5])));
    assert_eq!(values(&weights, "none"), (vec![0, 7], vec![]));
    assert_eq!(weights.read("other").expect("nothing is wrong"), None);
}

#[test]
fn a_sharded_model_is_the_single_one() {
    let (first, second) = (vector("a", &[1.0, 2.0]), vector("b", &[3.0]));
    let both = header(&[entry("a", "F32", &[2], 0, 8), entry("b", "F32", &[1], 8, 12)]);
    let map = r#"{"a": "model-00001-of-00002.safetensors", "b": "parts/2.safetensors"}"#;
    let sharded = Home::sharded(map, &[("model-00001-of-00002.safetensors", first), ("parts/2.safetensors", second)]);
    let single = Home::of(&file(&both, &bytes(&[1.0, 2.0, 3.0])));
    let [sharded, single] = [sharded, single].map(|home| {
        let weights = home.weights().expect("it is sound");
        weights.names().map(|name| (name.to_owned(), values(&weights, name))).collect::<Vec<_>>()
    });
    assert_eq!(sharded, single);
}

/// As transformers chooses.
#[test]
fn the_whole_goes_before_an_index() {
    let home = Home::sharded(r#"{"a": "gone.safetensors"}"#, &[("model.safetensors", vector("a", &[1.0]))]);
    assert!(home.weights().expect("it is sound").contains("a"));
}

/// Masks and counters, which some files carry, are no weights.
#[test]
fn types_that_no_weight_has_are_let_through_unread() {
    let said = header(&[
        entry("counter", "I64", &[1], 0, 8),
        entry("mask", "BOOL", &[2, 2], 8, 12),
        entry("small", "F8_E4M3", &[4], 12, 16),
        entry("weight", "F32", &[1], 16, 20),
    ]);
    let data = [vec![0; 16], bytes(&[2.0])].concat();
    let home = Home::of(&file(&said, &data));
    let weights = home.weights().expect("it is sound");
    assert_eq!(values(&weights, "weight").1, bits(&[2.0]));
    for (name, kind) in [("counter", "I64"), ("mask", "BOOL"), ("small", "F8_E4M3")] {
        let text = weights.read(name).expect_err("it is refused").to_string();
        assert!(
            text.ends_with(&format!("the tensor `{name}` is of type {kind}; supported are F32, F16, BF16 and F64")),
            "{text}"
        );
    }
}

#[test]
fn a_remark_may_be_as_deep_as_it_likes() {
    let deep = format!(r#""__metadata__":{}{}"#, "[".repeat(100_000), "]".repeat(100_000));
    let said = header(&[deep, entry("a", "F32", &[1], 0, 4)]);
    assert!(Home::of(&file(&said, &bytes(&[1.0]))).weights().expect("it is sound").contains("a"));
}

#[test]
fn tables_beside_the_config_are_read() {
    let home = Home::new().with("1_Pooling/config.json", r#"{"word_embedding_dimension": 7}"#);
    let folder = Folder::open(home.path()).expect("it is sound");
    let pooling = folder.table("1_Pooling/config.json").expect("it is sound").expect("it is there");
    assert_eq!(pooling.count("word_embedding_dimension"), Ok(Some(7)));
    assert_eq!(folder.table("absent.json").expect("nothing is wrong"), None);
}
