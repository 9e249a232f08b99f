//! The trees, held against RFC 6962's vectors and against its definition from the top.

use super::*;
use crate::hex;

fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

/// MTH as RFC 6962 defines it, from the top.
fn defined(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty(),
        [one] => *one,
        many => {
            let mut split = 1;
            while split * 2 < many.len() {
                split *= 2;
            }
            node_hash(&defined(&many[..split]), &defined(&many[split..]))
        }
    }
}

/// The leaves of the reference implementation's tests, and the root after each of them.
const DATA: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

#[test]
fn roots_are_those_of_certificate_transparency() {
    let data: Vec<Hash> = DATA.iter().map(|text| leaf_hash(&hex::decode(text).unwrap())).collect();
    let mut frontier = Frontier::default();

    assert_eq!(hex::encode(&root(&[])), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (count, expected) in (1..).zip(ROOTS) {
        frontier.push(data[count - 1]);
        assert_eq!(hex::encode(&root(&data[..count])), expected);
        assert_eq!(frontier.root(), root(&data[..count]));
    }
}

#[test]
fn paths_are_those_of_certificate_transparency() {
    let data: Vec<Hash> = DATA.iter().map(|text| leaf_hash(&hex::decode(text).unwrap())).collect();
    let shown = |path: Option<Vec<Hash>>| -> Vec<String> {
        path.unwrap().iter().map(|hash| hex::encode(hash)[..8].to_owned()).collect()
    };

    assert_eq!(shown(inclusion_path(&data, 0)), ["96a296d2", "5f083f0a", "6b47aaf2"]);
    assert_eq!(shown(inclusion_path(&data, 5)), ["bc1a0643", "ca854ea1", "d37ee418"]);
    assert_eq!(shown(consistency_path(&data, 1)), ["96a296d2", "5f083f0a", "6b47aaf2"]);
    assert_eq!(shown(consistency_path(&data, 6)), ["0ebc5d34", "ca854ea1", "d37ee418"]);
}

#[test]
fn in_trees_of_every_size_every_leaf_is_proved_and_nothing_else() {
    for size in 1..=300_usize {
        let leaves = leaves(size);
        let root = root(&leaves);
        assert_eq!(root, defined(&leaves));
        for index in 0..size {
            let path = inclusion_path(&leaves, index).unwrap();
            let prove = |index: u64, size: u64, leaf: &Hash, path: &[Hash]| {
                root_from_inclusion(index, size, leaf, path) == Some(root)
            };
            let (at, of) = (index as u64, size as u64);
            assert!(prove(at, of, &leaves[index], &path), "{index} of {size}");
            assert!(!prove(at, of, &leaf_hash(b"other"), &path));
            assert!(!prove(at + of, of, &leaves[index], &path), "beyond the tree");
            if let Some((last, shorter)) = path.split_last() {
                assert!(!prove(at, of, &leaves[index], shorter));
                assert!(!prove(at, of, &leaves[index], &[path.as_slice(), &[*last]].concat()));
                assert!(!prove(at ^ 1, of, &leaves[index], &path), "its neighbour's place");
            }
        }
        assert_eq!(inclusion_path(&leaves, size), None);
    }
}

#[test]
fn of_every_two_sizes_the_smaller_tree_is_a_beginning_of_the_larger() {
    let all = leaves(300);
    let roots: Vec<Hash> = (0..=300).map(|size| root(&all[..size])).collect();
    let mut frontier = Frontier::default();
    for new in 1..=300_usize {
        frontier.push(all[new - 1]);
        assert_eq!(frontier.root(), roots[new]);
        assert_eq!(Frontier::of(new as u64, frontier.peaks().to_vec()).as_ref(), Some(&frontier));
        for old in 1..=new {
            let path = consistency_path(&all[..new], old).unwrap();
            let (m, n) = (old as u64, new as u64);
            assert!(is_consistent(m, n, &roots[old], &roots[new], &path), "{old} and {new}");
            let other = leaf_hash(b"other");
            assert!(!is_consistent(m, n, &other, &roots[new], &path));
            assert!(!is_consistent(m, n, &roots[old], &other, &path));
            if let Some((last, shorter)) = path.split_last() {
                assert!(!is_consistent(m, n, &roots[old], &roots[new], shorter));
                let longer = [path.as_slice(), &[*last]].concat();
                assert!(!is_consistent(m, n, &roots[old], &roots[new], &longer));
            }
        }
        assert_eq!(consistency_path(&all[..new], new + 1), None);
    }
    assert!(!is_consistent(0, 3, &roots[0], &roots[3], &[]), "everything begins with nothing");
    assert_eq!(Frontier::of(3, vec![roots[1]]), None);
}
