"""Small projects of many languages, each with tests that pass, fail, are skipped, and cannot be run."""

import subprocess
from pathlib import Path

NODE = {
    "package.json": '{"name": "shop", "type": "module", "scripts": {"test": "node --test"}}\n',
    "sum.js": "export const sum = (a, b) => a + b;\n",
    "test/sum.test.js": """\
import test, { describe, it } from 'node:test';
import assert from 'node:assert';
import { sum } from '../sum.js';

test('adds', () => {
  assert.strictEqual(sum(1, 2), 3);
});

describe('wrong', () => {
  it('is off', () => {
    assert.strictEqual(sum(1, 2), 4);
  });
  it.skip('later', () => {});
});
""",
    "test/bad.test.js": "import './nowhere.js';\n",
}
JEST = {
    "package.json": '{"name": "shop", "scripts": {"test": "jest"}}\n',
    "sum.js": "exports.sum = (a, b) => a + b;\n",
    "sum.test.js": """\
const { sum } = require('./sum');

test('adds', () => {
  expect(sum(1, 2)).toBe(3);
});

describe('wrong', () => {
  it('is off', () => {
    expect(sum(1, 2)).toBe(4);
  });
  it.skip('later', () => {});
  describe('deep', () => {
    it('throws', () => {
      throw new Error('no database');
    });
  });
});
""",
    "bad.test.js": "require('./nowhere');\n\ntest('x', () => {});\n",
}
VITEST = {
    "package.json": '{"name": "shop", "type": "module", "scripts": {"test": "vitest"}}\n',
    "sum.js": "export const sum = (a, b) => a + b;\n",
    "sum.test.js": "import { describe, expect, it, test } from 'vitest';\nimport { sum } from './sum';\n"
    + JEST["sum.test.js"].partition("\n")[2],
    "bad.test.js": "import { test } from 'vitest';\nimport './nowhere';\n\ntest('x', () => {});\n",
}
MOCHA = {
    "package.json": '{"name": "shop", "scripts": {"test": "mocha *.test.js"}}\n',
    "sum.test.js": """\
const assert = require('assert');

it('adds', () => {
  assert.strictEqual(1 + 2, 3);
});

describe('wrong', () => {
  it('is off', () => {
    assert.strictEqual(1 + 2, 4);
  });
  it.skip('later', () => {});
});
""",
}
GO = {
    "go.mod": "module example.org/shop\n\ngo 1.19\n",
    "shop.go": 'package shop\n\nfunc Name() string { return "shop" }\n',
    "money/money.go": "package money\n\nfunc Add(a, b int) int { return a + b }\n",
    "money/money_test.go": """\
package money

import "testing"

func TestAdds(t *testing.T) {
	if got := Add(1, 2); got != 3 {
		t.Errorf("Add(1, 2) = %d, want 3", got)
	}
}

func TestTable(t *testing.T) {
	for name, want := range map[string]int{"right": 3, "off": 4} {
		t.Run(name, func(t *testing.T) {
			if got := Add(1, 2); got != want {
				t.Fatalf("Add(1, 2) = %d, want %d", got, want)
			}
		})
	}
}

func TestLater(t *testing.T) { t.Skip("later") }
""",
    "broken/broken.go": "package broken\n\nfunc Name() int { return undefinedName }\n",
    "broken/broken_test.go": 'package broken\n\nimport "testing"\n\nfunc TestX(t *testing.T) {}\n',
    "boom/boom_test.go": """\
package boom

import "testing"

func TestBoom(t *testing.T) {
	var m map[string]int
	m["a"] = 1
}

func TestAfter(t *testing.T) {}
""",
}
CARGO = {
    ".gitignore": "/target\n",
    "Cargo.toml": '[package]\nname = "shop-rs"\nversion = "0.1.0"\nedition = "2021"\n',
    "src/lib.rs": """\
pub mod money;

/// Names it.
///
/// ```
/// assert_eq!(shop_rs::name(), "shop");
/// ```
pub fn name() -> &'static str {
    "shop"
}
""",
    "src/money.rs": """\
pub fn add(a: i64, b: i64) -> i64 {
    a + b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds() {
        assert_eq!(add(1, 2), 3);
    }

    #[test]
    fn is_off() {
        assert_eq!(add(1, 2), 4, "the sum");
    }

    #[test]
    #[ignore]
    fn later() {}

    #[test]
    #[should_panic]
    fn does_not_panic() {}
}
""",
    "tests/it.rs": """\
#[test]
fn from_outside() {
    assert_eq!(shop_rs::money::add(2, 2), 4);
}

#[test]
fn returns_an_error() -> Result<(), String> {
    Err("no database".into())
}
""",
}
_PLUGINS = "".join(
    f"<plugin><artifactId>maven-{name}-plugin</artifactId><version>{version}</version></plugin>"
    for name, version in (("resources", "3.3.1"), ("compiler", "3.11.0"), ("surefire", "3.2.5"))
)
MAVEN = {
    ".gitignore": "/target\n",
    "pom.xml": f"""\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>com.shop</groupId><artifactId>shop</artifactId><version>1</version>
  <properties>
    <maven.compiler.release>17</maven.compiler.release>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <dependencies><dependency>
    <groupId>org.junit.jupiter</groupId><artifactId>junit-jupiter</artifactId><version>5.10.2</version>
    <scope>test</scope>
  </dependency></dependencies>
  <build><plugins>{_PLUGINS}</plugins></build>
</project>
""",
    "src/main/java/com/shop/Money.java": """\
package com.shop;

public class Money {
    public static int add(int a, int b) {
        return a + b;
    }
}
""",
    "src/test/java/com/shop/MoneyTest.java": """\
package com.shop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MoneyTest {
    @Test
    void adds() {
        assertEquals(3, Money.add(1, 2));
    }

    @Test
    void isOff() {
        assertEquals(4, Money.add(1, 2), "the sum");
    }

    @Disabled("later")
    @Test
    void later() {}

    @Test
    void breaks() {
        throw new IllegalStateException("no database");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void even(int n) {
        assertEquals(0, n % 2);
    }

    @Nested
    class Deep {
        @Test
        void ok() {}
    }
}
""",
}
GRADLE = {
    ".gitignore": "/build\n/.gradle\n",
    "build.gradle": """\
apply plugin: 'java'
dependencies {
    testCompile files('/usr/share/java/junit4.jar', '/usr/share/java/hamcrest-core.jar')
}
""",
    "src/main/java/com/shop/Money.java": MAVEN["src/main/java/com/shop/Money.java"],
    "src/test/java/com/shop/MoneyTest.java": """\
package com.shop;

import static org.junit.Assert.assertEquals;

import org.junit.Ignore;
import org.junit.Test;

public class MoneyTest {
    @Test
    public void adds() {
        assertEquals(3, Money.add(1, 2));
    }

    @Test
    public void isOff() {
        assertEquals("the sum", 4, Money.add(1, 2));
    }

    @Ignore("later")
    @Test
    public void later() {}

    @Test
    public void breaks() {
        throw new IllegalStateException("no database");
    }
}
""",
}


def lay(root: Path, files: dict[str, str]) -> Path:
    """Write a project's files and commit them."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    script = """
    git init -q -b main && git config user.name Ada && git config user.email ada@example.org
    git config commit.gpgsign false && git add -A && git commit -q -m 'A small shop'
    """
    subprocess.run(script, shell=True, cwd=root, check=True)
    return root
