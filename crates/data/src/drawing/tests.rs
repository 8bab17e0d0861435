use super::*;

const ALL: [Outline; 10] = [
    Outline::Circle,
    Outline::Ring,
    Outline::Square,
    Outline::Triangle,
    Outline::Star,
    Outline::Cross,
    Outline::Crescent,
    Outline::Heart,
    Outline::Arrow,
    Outline::Bar,
];
const BLACK: Color = [0.0; 3];
const WHITE: Color = [255.0; 3];

fn figure(outline: Outline, turn: Point) -> Figure {
    Figure { outline, center: [16.0, 16.0], radius: 13.0, turn: direction(turn) }
}

/// The pixels that a figure covers, partly covered ones in part.
fn area(figure: Figure) -> f32 {
    let mut canvas = Canvas::painted(32, |_| BLACK);
    canvas.fill([1.0; 3], |point| figure.distance(point));
    canvas.pixels.iter().map(|pixel| pixel[0]).sum()
}

#[test]
fn every_outline_stays_within_its_circle_and_fills_a_part_of_it() {
    for outline in ALL {
        let figure = figure(outline, [3.0, 2.0]);
        for point in middles(32) {
            let out = ((point[0] - 16.0).powi(2) + (point[1] - 16.0).powi(2)).sqrt() > 13.1;
            assert!(!out || figure.distance(point) > 0.0, "{outline:?} at {point:?}");
        }
        let share = area(figure) / (std::f32::consts::PI * 13.0 * 13.0);
        assert!((0.18..=1.01).contains(&share), "{outline:?} fills {share}");
    }
}

#[test]
fn soft_edges_give_the_area_of_the_outline() {
    let expected = [
        (Outline::Circle, std::f32::consts::PI),
        (Outline::Ring, std::f32::consts::PI * 0.75),
        (Outline::Square, 2.0),
        (Outline::Triangle, 3.0 * 3.0_f32.sqrt() / 4.0),
        (Outline::Bar, 1.9 * 0.6),
    ];
    for (outline, area_of_one) in expected {
        let (found, expected) = (area(figure(outline, [5.0, 1.0])), area_of_one * 169.0);
        assert!((found - expected).abs() < 0.02 * expected, "{outline:?}: {found} is not {expected}");
    }
}

#[test]
fn turning_keeps_the_area() {
    for outline in ALL {
        let upright = area(figure(outline, [1.0, 0.0]));
        for turn in [[1.0, 1.0], [-2.0, 1.0], [0.0, -1.0]] {
            let turned = area(figure(outline, turn));
            assert!((turned - upright).abs() < 0.03 * upright, "{outline:?}: {turned} and {upright}");
        }
    }
}

#[test]
fn an_arrow_points_where_it_is_turned() {
    let down = figure(Outline::Arrow, [0.0, 1.0]);
    assert!(down.distance([16.0, 28.0]) < 0.0);
    assert!(down.distance([16.0, 2.5]) > 0.0);
}

#[test]
fn colors_are_rounded_and_kept_within_a_byte() {
    let mut canvas = Canvas::painted(2, |[right, _]| if right < 1.0 { WHITE } else { [-3.0, 1.5, 300.0] });
    canvas.fill(BLACK, |[_, down]| 1.0 - down);
    let Picture::Pixels { bytes, .. } = canvas.picture() else { panic!("a canvas has pixels") };
    assert_eq!(bytes[..6], [255, 255, 255, 0, 2, 255]);
    assert_eq!(bytes[6..], [0; 6]);
}

#[test]
fn noise_is_a_pure_function_of_its_key() {
    let speckled = |nth| {
        let mut canvas = Canvas::painted(5, |_| [128.0; 3]);
        canvas.speckle(Key::new(3).nth(nth), 10.0);
        canvas.picture()
    };
    assert_eq!(speckled(0), speckled(0));
    assert_ne!(speckled(0), speckled(1));
}
