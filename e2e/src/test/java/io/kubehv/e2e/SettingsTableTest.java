package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What {@code docs/settings.md} says of settings and of tests is so: each field has its row, and each test named there exists. */
class SettingsTableTest {
    private static final Path ROOT = Path.of("..");
    private static final Path PAGE = ROOT.resolve("docs/settings.md");
    private static final Path SCHEMA = ROOT.resolve("config/crd/bases/virtualmachines.kubehv.io-v1.yml");
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    private static final Pattern TEST = Pattern.compile("([A-Z]\\w+(?:Test|IT|E2E))(?:\\.(\\w+)…?)?");

    /** Of a table: Hyper-V's name, ours, what it becomes, the test. */
    private record Row(String hyperV, String ours, String tests) {
        static Row parse(String line) {
            String[] cells = line.replaceAll("^\\|\\s*|\\s*\\|$", "").split("\\s*\\|\\s*", -1);
            assertThat(cells).as(line).hasSize(4);
            return new Row(cells[0], cells[1], cells[3]);
        }
    }

    private static List<Row> rows;

    @BeforeAll
    static void read_the_tables() throws IOException {
        rows = Files.readAllLines(PAGE).stream()
                .takeWhile(line -> !line.equals("## What is not there"))
                .filter(line -> line.startsWith("|") && !line.startsWith("|---") && !line.startsWith("| Hyper-V |"))
                .map(Row::parse)
                .toList();
        assertThat(rows).hasSizeGreaterThan(50);
    }

    @Test
    void each_row_names_tests_and_they_exist() throws IOException {
        Map<String, String> sources = sources();
        for (Row row : rows) {
            List<MatchResult> named = CODE.matcher(row.tests())
                    .results()
                    .flatMap(code -> TEST.matcher(code.group(1)).results())
                    .toList();
            assertThat(named).as("tests of %s", row).isNotEmpty();
            for (MatchResult test : named) {
                assertThat(sources).as("the test of %s", row).containsKey(test.group(1));
                if (test.group(2) != null) {
                    assertThat(sources.get(test.group(1)))
                            .as("%s of %s", test.group(), row)
                            .containsPattern("void " + test.group(2));
                }
            }
        }
    }

    @Test
    void each_field_of_a_vm_has_a_row_and_each_row_a_field() throws IOException {
        Set<String> fields = new TreeSet<>();
        JsonNode versions =
                YAMLMapper.builder().build().readTree(SCHEMA.toFile()).at("/spec/versions");
        leaves("", versions.get(0).at("/schema/openAPIV3Schema/properties/spec"), fields);
        Set<String> told = new TreeSet<>();
        for (Row row : rows) {
            String before = "";
            for (MatchResult code : CODE.matcher(row.ours()).results().toList()) {
                String field = code.group(1).split(":", 2)[0];
                String siblings = before.contains(".") ? before.substring(0, before.lastIndexOf('.') + 1) : "";
                String full = isPartOf(field, fields) ? field : siblings + field;
                if (!field.startsWith("status.") && !field.startsWith("metadata.")) {
                    assertThat(isPartOf(full, fields))
                            .as("a field %s, in %s", field, row)
                            .isTrue();
                }
                told.add(full);
                before = full;
            }
        }
        assertThat(fields.stream().filter(field -> told.stream().noneMatch(name -> isWithin(field, name))))
                .as("fields of spec that no row of " + PAGE + " names")
                .isEmpty();
    }

    private static boolean isPartOf(String name, Set<String> fields) {
        return fields.stream().anyMatch(field -> isWithin(field, name));
    }

    /** Lists are written with or without their brackets. */
    private static boolean isWithin(String field, String name) {
        String plain = name.replace("[]", "");
        return field.equals(plain) || field.startsWith(plain + ".");
    }

    private static void leaves(String path, JsonNode schema, Set<String> fields) {
        JsonNode items = schema.path("items");
        if (items.has("properties")) {
            leaves(path, items, fields);
        } else if (schema.has("properties")) {
            schema.path("properties")
                    .properties()
                    .forEach(property -> leaves(
                            path.isEmpty() ? property.getKey() : path + "." + property.getKey(),
                            property.getValue(),
                            fields));
        } else {
            fields.add(path);
        }
    }

    private static Map<String, String> sources() throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> modules = Files.list(ROOT)) {
            for (Path tests : modules.map(module -> module.resolve("src/test/java"))
                    .filter(Files::isDirectory)
                    .toList()) {
                try (Stream<Path> found = Files.walk(tests)) {
                    found.filter(file -> file.toString().endsWith(".java")).forEach(files::add);
                }
            }
        }
        return files.stream()
                .collect(Collectors.toMap(
                        file -> file.getFileName().toString().replace(".java", ""),
                        SettingsTableTest::read,
                        (one, other) -> one + other));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
