package io.kubehv.hv.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubehv.hv.definition.ImportDefinition.ContainerImage;
import io.kubehv.hv.definition.ImportDefinition.Http;
import io.kubehv.hv.definition.ImportDefinition.Parent;
import io.kubehv.hv.definition.ImportDefinition.Source;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ImportDefinitionTest {
    static Stream<Source> sources() {
        return Stream.of(
                new Http("https://images.example/disk.qcow2", "sha256:00", "/etc/kubehv/credentials", "/etc/kubehv/ca"),
                new Http("http://images.example/disk.raw", null, null, null),
                new ContainerImage("/tools/busybox", "/disk"),
                new Parent("/parent/disk.img"));
    }

    @ParameterizedTest
    @MethodSource("sources")
    void each_source_comes_back_from_its_JSON_unchanged(Source source) {
        ImportDefinition definition =
                new ImportDefinition("shop", "debian", source, 8L << 30, "/target/disk.img", "/scratch");
        assertThat(ImportDefinition.fromJson(definition.toJson())).isEqualTo(definition);
    }

    @Test
    void an_unknown_kind_of_source_is_refused() {
        String json = "{\"namespace\":\"n\",\"name\":\"d\",\"source\":{\"kind\":\"ftp\"},\"sizeBytes\":1,"
                + "\"targetPath\":\"/t\",\"scratchDirectory\":\"/s\"}";
        assertThatThrownBy(() -> ImportDefinition.fromJson(json))
                .isInstanceOf(DefinitionException.class)
                .hasMessageContaining("ftp");
    }

    @Test
    void an_unknown_field_of_a_source_is_refused_with_its_path() {
        String json =
                "{\"namespace\":\"n\",\"name\":\"d\",\"source\":{\"kind\":\"parent\",\"path\":\"/p\",\"snapshot\":\"s\"},"
                        + "\"sizeBytes\":1,\"targetPath\":\"/t\",\"scratchDirectory\":\"/s\"}";
        assertThatThrownBy(() -> ImportDefinition.fromJson(json))
                .isInstanceOf(DefinitionException.class)
                .hasMessageContaining("source.snapshot");
    }

    @Test
    void a_size_of_nothing_is_refused() {
        assertThatThrownBy(() -> new ImportDefinition("n", "d", new Parent("/p"), 0, "/t", "/s"))
                .isInstanceOf(DefinitionException.class)
                .hasMessageContaining("sizeBytes");
    }
}
