package io.kubehv.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** Manifests as users write them. */
public final class Manifests {
    private static final Pattern ON_PAGE = Pattern.compile("```yaml\\n(.*?)```", Pattern.DOTALL);

    private Manifests() {}

    /** Those that a page of the documentation has. */
    static List<String> onPage(Path page) throws IOException {
        return ON_PAGE.matcher(Files.readString(page))
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    /** A VM of the tiny guest with a disk of its own. */
    public static String tiny(String name, int generation) {
        return tiny(name, generation, "");
    }

    /** The same with more lines of the spec, each indented by two spaces. */
    public static String tiny(String name, int generation, String more) {
        return """
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata:
                  name: %s
                  labels:
                    app: %s
                spec:
                  generation: %d
                  memory:
                    startup: 256Mi
                  terminationGracePeriod: 30s
                  disks:
                  - name: root
                    template:
                      size: 128Mi
                      containerImage:
                        image: kubehv/guest-tiny:1
                  networkAdapters:
                  - name: lan
                    ports:
                    - name: http
                      port: 80
                %s
                """.formatted(name, name, generation, more);
    }

    /** The same of generation 2 on a node, with more adapters, each an entry of the list. */
    static String tinyOnNode(String name, String node, String... adapters) {
        return tiny(
                name,
                2,
                String.join("\n", adapters).indent(2) + "  nodeSelector: {kubernetes.io/hostname: " + node + "}");
    }

    /** A VM of another guest than tiny, with as little as it needs: memory, and more lines of the spec. */
    static String guest(String name, int generation, String image, String memory, String more) {
        return """
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata:
                  name: %s
                spec:
                  generation: %d
                  memory:
                    startup: %s
                  terminationGracePeriod: 5s
                  disks:
                  - name: root
                    template:
                      size: 256Mi
                      containerImage:
                        image: %s
                  networkAdapters:
                  - name: lan
                %s
                """.formatted(name, generation, memory, image, more);
    }

    /** A disk with the tiny guest. */
    public static String tinyDisk(String name) {
        return disk(name, "128Mi", "containerImage: {image: 'kubehv/guest-tiny:1'}");
    }

    /** A VM of the tiny guest on a disk that was made before. */
    public static String tinyOn(String name, int generation, String disk) {
        return """
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata:
                  name: %s
                spec:
                  generation: %d
                  memory:
                    startup: 256Mi
                  terminationGracePeriod: 30s
                  disks:
                  - name: root
                    virtualHardDisk: %s
                  networkAdapters:
                  - name: lan
                """.formatted(name, generation, disk);
    }

    /**
     * A VM without a disk: enough for what needs no guest. Generation 1, because the firmware of generation 2 never rests
     * when it finds nothing to boot.
     */
    public static String diskless(String name, String more) {
        return """
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata:
                  name: %s
                spec:
                  generation: 1
                  memory:
                    startup: 64Mi
                  terminationGracePeriod: 5s
                %s
                """.formatted(name, more);
    }

    public static String disk(String name, String size, String source) {
        return """
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualHardDisk
                metadata:
                  name: %s
                spec:
                  size: %s
                  %s
                """.formatted(name, size, source);
    }

    static String service(String name) {
        return """
                apiVersion: v1
                kind: Service
                metadata:
                  name: %s
                spec:
                  selector:
                    app: %s
                  ports:
                  - port: 80
                """.formatted(name, name);
    }
}
