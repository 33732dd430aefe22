package io.kubehv.e2e;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The arrows between the modules. It reads what the build has just compiled. */
class ArchitectureTest {
    private static final Map<String, String> PACKAGES = Map.of(
            "crds", "io.kubehv.api..",
            "hv-runtime", "io.kubehv.hv..",
            "virt-launcher", "io.kubehv.launcher..",
            "vmbus-daemon", "io.kubehv.vmbus..",
            "cni-switch-plugin", "io.kubehv.cni..",
            "csi-checkpoint-driver", "io.kubehv.csi..",
            "operator", "io.kubehv.operator..");
    private static final List<String> PROGRAMS =
            List.of("virt-launcher", "vmbus-daemon", "cni-switch-plugin", "csi-checkpoint-driver", "operator");

    private static JavaClasses classes;

    @BeforeAll
    static void read_the_classes() {
        classes = new ClassFileImporter()
                .importPaths(PACKAGES.keySet().stream()
                        .map(module -> Path.of("..", module, "target", "classes"))
                        .toList());
        PACKAGES.forEach((module, root) -> assertThat(
                        classes.stream().filter(type -> type.getPackageName().startsWith(root.replace("..", ""))))
                .as("classes of " + module)
                .isNotEmpty());
    }

    @Test
    void the_api_and_the_runtime_know_nobody_of_ours() {
        noClasses()
                .that()
                .resideInAPackage(PACKAGES.get("crds"))
                .should()
                .dependOnClassesThat(others("crds"))
                .check(classes);
        noClasses()
                .that()
                .resideInAPackage(PACKAGES.get("hv-runtime"))
                .should()
                .dependOnClassesThat(others("hv-runtime"))
                .check(classes);
    }

    @Test
    void the_programs_never_know_each_other() {
        for (String program : PROGRAMS) {
            for (String other : PROGRAMS) {
                if (!program.equals(other)) {
                    noClasses()
                            .that()
                            .resideInAPackage(PACKAGES.get(program))
                            .should()
                            .dependOnClassesThat()
                            .resideInAPackage(PACKAGES.get(other))
                            .check(classes);
                }
            }
        }
    }

    @Test
    void the_runtime_and_the_launcher_know_no_kubernetes() {
        noClasses()
                .that()
                .resideInAnyPackage(PACKAGES.get("hv-runtime"), PACKAGES.get("virt-launcher"))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.fabric8..", "io.javaoperatorsdk..", "io.quarkus..")
                .check(classes);
    }

    @Test
    void the_operator_places_and_creates_and_never_talks_to_a_hypervisor() {
        noClasses()
                .that()
                .resideInAPackage(PACKAGES.get("operator"))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.kubehv.hv.qmp..", "io.kubehv.hv.linux..", "com.sun.jna..")
                .check(classes);
    }

    @Test
    void only_the_native_layers_see_jna() {
        noClasses()
                .that()
                .resideOutsideOfPackage("..linux..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.sun.jna..")
                .check(classes);
    }

    @Test
    void there_is_no_dumping_ground() {
        noClasses()
                .should()
                .resideInAnyPackage("..util..", "..utils..", "..helper..", "..helpers..", "..common..", "..misc..")
                .check(classes);
    }

    private static DescribedPredicate<JavaClass> others(String module) {
        String own = PACKAGES.get(module).replace("..", "");
        return new DescribedPredicate<>("are ours, outside " + module) {
            @Override
            public boolean test(JavaClass type) {
                return type.getPackageName().startsWith("io.kubehv.")
                        && !type.getPackageName().startsWith(own);
            }
        };
    }
}
