package io.kubehv.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CustomResourceDefinitionsTest {
    /** What clusters may have stored: changed only together with a conversion of what is stored. */
    private static final Path STORED = Path.of("src", "test", "resources", "stored");

    @TempDir
    Path directory;

    @ParameterizedTest
    @MethodSource("io.kubehv.api.v1alpha1.CustomResourceDefinitions#files")
    void the_committed_definitions_are_those_of_the_models(String file) throws IOException {
        CustomResourceDefinitions.generate(directory);

        assertThat(directory.resolve(file))
                .as("run `make generate` and commit the result")
                .hasSameTextualContentAs(CustomResourceDefinitions.COMMITTED.resolve(file));
    }

    @Test
    void the_committed_api_reference_is_that_of_the_definitions() throws IOException {
        assertThat(CustomResourceDefinitions.REFERENCE)
                .as("run `make generate` and commit the result")
                .hasContent(ApiReference.of(CustomResourceDefinitions.committed()));
    }

    @ParameterizedTest
    @MethodSource("io.kubehv.api.v1alpha1.CustomResourceDefinitions#files")
    void a_stored_object_stays_valid(String file) throws IOException {
        assertThat(SchemaChange.breaking(
                        schema(STORED.resolve(file)), schema(CustomResourceDefinitions.COMMITTED.resolve(file))))
                .as("changes that would refuse or lose what clusters have stored")
                .isEmpty();
    }

    @Test
    void a_breaking_change_is_seen() throws IOException {
        assertBreaks(
                ".spec.generation: its type changed",
                spec -> spec.get("generation").setType("string"));
        assertBreaks(
                ".spec.acceleration: a value left its enum",
                spec -> spec.get("acceleration")
                        .setEnum(spec.get("acceleration").getEnum().subList(0, 1)));
        assertBreaks(
                ".spec.disks: its maximal number of items is lower",
                spec -> spec.get("disks").setMaxItems(1L));
        assertBreaks(".spec.cloudInit: it is gone", spec -> spec.remove("cloudInit"));
        assertBreaks(
                ".spec.cloudInit: it now requires [userData]",
                spec -> spec.get("cloudInit").setRequired(List.of("userData")));
        assertBreaks(
                ".spec.powerState: its default changed",
                spec -> spec.get("powerState").setDefault(null));
    }

    private void assertBreaks(String message, Consumer<java.util.Map<String, JSONSchemaProps>> change)
            throws IOException {
        Path file = CustomResourceDefinitions.COMMITTED.resolve(CustomResourceDefinitions.file(VirtualMachine.class));
        JSONSchemaProps changed = schema(file);
        change.accept(changed.getProperties().get("spec").getProperties());

        assertThat(SchemaChange.breaking(schema(file), changed)).containsExactly(message);
    }

    private static JSONSchemaProps schema(Path file) throws IOException {
        return Serialization.unmarshal(Files.readString(file), CustomResourceDefinition.class)
                .getSpec()
                .getVersions()
                .getFirst()
                .getSchema()
                .getOpenAPIV3Schema();
    }
}
