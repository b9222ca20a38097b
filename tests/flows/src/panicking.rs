//! `panicking`: does as the relay does, and panics.

fn main() {
    protocol::panics::are_no_decision();
    panic!("something that cannot be");
}
