//! The members of an object, read several at a time.
//!
//! A model with fifty fields could read them with fifty calls, each of which may return early. The compiler would then
//! have to work out fifty ways to leave the function half done, and that is where most of the time to check a large crate
//! went. One call for up to sixteen fields leaves a handful.

use super::{Decode, DecodeError, Object};

/// A tuple of fields, as [`Object::read`] gives it.
pub trait Fields<const N: usize>: Sized {
    /// Reads the members called `names`, in this order.
    ///
    /// # Errors
    /// When one of them does not decode, or is missing and its type can't be absent.
    fn read(object: &mut Object, names: [&'static str; N]) -> Result<Self, DecodeError>;
}

macro_rules! fields {
    ($($count:literal: $($ty:ident $name:ident),+;)*) => {$(
        impl<$($ty: Decode),+> Fields<$count> for ($($ty,)+) {
            #[inline]
            fn read(object: &mut Object, names: [&'static str; $count]) -> Result<Self, DecodeError> {
                let [$($name),+] = names;
                Ok(($(object.member($name, &names)?,)+))
            }
        }
    )*};
}

fields! {
    1: A a;
    2: A a, B b;
    3: A a, B b, C c;
    4: A a, B b, C c, D d;
    5: A a, B b, C c, D d, E e;
    6: A a, B b, C c, D d, E e, F f;
    7: A a, B b, C c, D d, E e, F f, G g;
    8: A a, B b, C c, D d, E e, F f, G g, H h;
    9: A a, B b, C c, D d, E e, F f, G g, H h, I i;
    10: A a, B b, C c, D d, E e, F f, G g, H h, I i, J j;
    11: A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k;
    12: A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k, L l;
    13: A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k, L l, M m;
    14: A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k, L l, M m, N n;
    15: A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k, L l, M m, N n, O o;
    16: A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k, L l, M m, N n, O o, P p;
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{Object, Patch};

    #[test]
    fn fields_come_in_the_order_of_their_names() {
        let value = json!({"id": "a", "tier": null, "count": 3, "left": true});
        let mut object = Object::from_value(value, "Thing").unwrap();
        let (count, id, tier, gone, patch): (
            i64,
            String,
            Option<String>,
            Option<bool>,
            Patch<i64>,
        ) = object
            .read(["count", "id", "tier", "gone", "patch"])
            .unwrap();
        assert_eq!(
            (count, id.as_str(), tier, gone, patch),
            (3, "a", None, None, Patch::Absent)
        );
        assert_eq!(object.rest::<bool>().unwrap().len(), 1);
    }

    #[test]
    fn a_failure_names_the_field() {
        let mut object = Object::from_value(json!({"id": 1}), "Thing").unwrap();
        let read: Result<(Option<bool>, String), _> = object.read(["gone", "id"]);
        assert_eq!(read.unwrap_err().path(), "$.id");
    }
}
