import pytest

from tools.languages import GRAMMARS, language_of, query
from tools.syntax import SymbolKind, first_error, outline_of

# What each language's query finds: the source, its definitions, its imports.
JS = """\
/** Adds. */
export class Cart extends Base { add(x) {} go = () => { } }
const total = async (x) => x + 1;
export const LIMIT = 3;
module.exports.h = function () {};
"""
TS = """\
export interface I { m(x: number): string }
abstract class C<T> { abstract q(): void; m() { } }
enum E { A }
type T1 = string;
namespace N { export function z() {} }
"""
TSX = """\
export const App = () => <p>hi</p>;
"""
GO = """\
package p
func F(a int) error { return nil }
func (s *Server) Serve() { }
type Server struct { X int }
type I interface { M() }
var V, W = 2, 3
"""
RS = """\
mod m { pub fn g() {} }
pub struct S { x: i32 }
impl T for S { fn t(&self) {} }
enum E { A }
const K: i32 = 1;
"""
JAVA = """\
public class A { static final int K = 1; A(int x) {} int m() { return 1; } enum X { P } }
"""
C = """\
#include "a.h"
/* Doc. */
static int f(int a, char *b) { return 1; }
char *g(void) { return 0; }
struct S { int x; };
typedef struct { int y; } T;
enum E { A };
#define M(x) (x)
#define K 3
int h(int);
static const int LIM = 3;
"""
CPP = """\
#include "v.h"
namespace n { class A : public B { public: A(int x); void m() const { } int q; template<class T> T t(T
x) { return x; } }; }
void n::A::k(int z) { }
template <typename T> class V {};
A::A(int x) : q(x) {}
bool operator==(const A& a, const A& b) { return true; }
using X = int;
int& r() { static int z; return z; }
"""
CS = """\
using System.Text;
namespace N.M { /// <summary>Doc</summary>
public class A : B {
  const int K = 1; public A() {} public int M(int x) => x;
  public string P { get; set; } interface I { void Q(); } } struct S {}
enum E { X } record R(int a); delegate void D(); }
"""
RB = """\
require 'a/b'
module M
  # Doc
  class A < B
    K = 1
    def m(x) = 1
    def self.s; end
  end
end
class M::Z; end
def top; end
"""
PHP = """\
<?php
namespace A\\B;
use C\\D;
require_once 'x.php';
/** Doc */
class A extends B implements I { const K = 1; public function m($x) { return 1; } }
interface I { function q(); } trait T { } enum E { case X; }
function f($a) { }
const G = 2;
"""
KT = """\
package a.b
import c.d.E
/** Doc */
class A(val x: Int) : B() {
 fun m(y: Int): Int = 1
}
interface I {
 fun q()
}
object O {
 fun z() {}
}
enum class E {
 X
}
fun f(a: Int) { }
fun A.ext() = 1
typealias T = Int
val top = 3
"""
SWIFT = """\
import Foundation
/// Doc
class A: B { let x = 1
 init(y: Int) {}
 func m(z: Int) -> Int { return 1 } }
struct S {}
enum E { case a }
protocol P { func q() }
extension A { func e() {} }
func f(a: Int) {}
let top = 3
typealias T = Int
"""
SCALA = """\
package a.b
import c.d.E
/** Doc */
class A(x: Int) extends B { def m(y: Int): Int = 1
 val k = 1 }
object O { def z = 1 }
trait T { def q: Int }
enum E { case X }
type Y = Int
def top(a: Int) = a
"""
LUA = """\
local m = require("a.b")
local K = 3
-- doc
local function f(a) return a end
function M.g(x) end
function M:h() end
M.i = function(z) end
local j = function() end
"""
SH = """\
#!/bin/bash
source ./a.sh
. b.sh
K=3
readonly R=4
# doc
function f() { echo "$1"; }
g() { f; }
"""

CASES = [
    (
        "a.js",
        JS,
        """
        class Cart, method Cart.add, method Cart.go, function total, constant LIMIT, function h
        """,
        [],
    ),
    (
        "a.ts",
        TS,
        """
        interface I, method I.m, class C, method C.q, method C.m, enum E, type T1, module N,
        function N.z
        """,
        [],
    ),
    (
        "a.tsx",
        TSX,
        """
        function App
        """,
        [],
    ),
    (
        "a.go",
        GO,
        """
        function F, method Server.Serve, class Server, interface I, method I.M, constant V,
        constant W
        """,
        [],
    ),
    (
        "a.rs",
        RS,
        """
        module m, function m.g, class S, method S.t, enum E, constant K
        """,
        [],
    ),
    (
        "A.java",
        JAVA,
        """
        class A, constant A.K, method A.A, method A.m, enum A.X
        """,
        [],
    ),
    (
        "a.c",
        C,
        """
        function f, function g, class S, type T, enum E, function M, constant K, constant LIM
        """,
        ["a.h"],
    ),
    (
        "a.cpp",
        CPP,
        """
        class A, method A.m, method A.t, method A.k, class V, method A.A, function operator==,
        type X, function r
        """,
        ["v.h"],
    ),
    (
        "a.cs",
        CS,
        """
        class A, constant A.K, method A.A, method A.M, method A.P, interface A.I, method A.I.Q,
        class S, enum E, class R, type D
        """,
        ["System.Text"],
    ),
    (
        "a.rb",
        RB,
        """
        module M, class M.A, constant M.A.K, method M.A.m, method M.A.s, class Z, function top
        """,
        ["a/b"],
    ),
    (
        "a.php",
        PHP,
        """
        class A, constant A.K, method A.m, interface I, method I.q, interface T, enum E,
        function f, constant G
        """,
        ["C\\D", "x.php"],
    ),
    (
        "a.kt",
        KT,
        """
        class A, method A.m, interface I, method I.q, class O, method O.z, enum E, function f,
        function ext, type T, constant top
        """,
        ["c.d.E"],
    ),
    (
        "a.swift",
        SWIFT,
        """
        class A, method A.init, method A.m, class S, enum E, interface P, method P.q, method
        A.e, function f, constant top, type T
        """,
        ["Foundation"],
    ),
    (
        "a.scala",
        SCALA,
        """
        class A, method A.m, class O, method O.z, interface T, method T.q, enum E, type Y,
        function top
        """,
        ["c.d.E"],
    ),
    (
        "a.lua",
        LUA,
        """
        constant K, function f, method M.g, method M.h, method M.i, function j
        """,
        ["a.b"],
    ),
    (
        "a.sh",
        SH,
        """
        constant K, constant R, function f, function g
        """,
        ["./a.sh", "b.sh"],
    ),
]


@pytest.mark.parametrize(("path", "text", "symbols", "imports"), CASES, ids=[case[0] for case in CASES])
def test_each_language_gives_its_definitions_and_imports(path, text, symbols, imports):
    outline = outline_of(path, text.encode())
    assert [f"{s.kind} {s.qualname}" for s in outline.symbols] == " ".join(symbols.split()).split(", ")
    assert outline.imports == imports
    assert first_error(path, text.encode()) is None


def test_every_language_has_its_case():
    assert {language_of(path) for path, *_ in CASES} == {*GRAMMARS} - {"python"}


@pytest.mark.parametrize("language", sorted(GRAMMARS))
def test_each_query_compiles_and_uses_only_captures_we_know(language):
    found = query(language)
    kinds = set(SymbolKind.__args__)
    others = {"name", "scope", "receiver", "import", "comment", "doc", "string", "block"}
    captures = {found.capture_name(n) for n in range(found.capture_count)}
    assert {name for name in captures if not name.startswith("_")} <= kinds | others
    assert {"name", "comment"} <= captures
