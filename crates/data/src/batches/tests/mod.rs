mod alike;
mod epochs;
mod gallery;
mod masks;
mod padded;
mod pairs;
