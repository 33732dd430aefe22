package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Quantity;
import io.kubehv.api.v1alpha1.VirtualHardDiskPhase;
import org.junit.jupiter.api.Test;

@OnCluster
class DiskE2E {
    private static final String AS_ROOT = "{runAsUser: 0}";
    private static final String MOUNT = "volumeMounts: [{name: volume, mountPath: /volume}]";

    @Test
    void an_image_over_http_is_imported_and_a_wrong_checksum_recovers_when_it_is_mended(Laboratory laboratory) {
        laboratory.apply(Manifests.service("images"));
        laboratory.container(
                "images",
                "/bin/busybox",
                "sh",
                "-c",
                "mkdir /tmp/www; /bin/busybox dd if=/dev/zero bs=1M count=4 | /bin/busybox tr '\\0' 'k' > /tmp/www/disk.raw; exec /bin/busybox httpd -f -p 80 -h /tmp/www");
        String digest = laboratory
                .inContainer("images", "/bin/busybox", "sha256sum", "/tmp/www/disk.raw")
                .substring(0, 64);
        String url = "http://images.%s/disk.raw".formatted(laboratory.namespace());

        laboratory.apply(Manifests.disk(
                "fetched", "8Mi", "http: {url: '%s', checksum: 'sha256:%s'}".formatted(url, "0".repeat(64))));
        laboratory.awaitDisk("fetched", "ChecksumMismatch");
        assertThat(laboratory.disk("fetched").getStatus().phase()).isEqualTo(VirtualHardDiskPhase.FAILED);

        laboratory.apply(
                Manifests.disk("fetched", "8Mi", "http: {url: '%s', checksum: 'sha256:%s'}".formatted(url, digest)));
        laboratory.awaitDisk("fetched", "Ready");
        assertThat(laboratory.disk("fetched").getStatus().format()).isEqualTo("raw");
    }

    @Test
    void a_source_that_is_not_there_or_too_large_is_said_to_be(Laboratory laboratory) {
        laboratory.apply(Manifests.disk(
                "nowhere", "8Mi", "http: {url: 'http://nobody.%s/disk.raw'}".formatted(laboratory.namespace())));
        laboratory.apply(Manifests.disk("small", "2Mi", "containerImage: {image: 'kubehv/guest-tiny:1'}"));

        laboratory.awaitDisk("nowhere", "SourceUnreachable");
        laboratory.awaitDisk("small", "SizeTooSmall");
    }

    @Test
    void an_image_that_is_not_an_image_or_points_elsewhere_is_refused(Laboratory laboratory) {
        laboratory.apply(Manifests.service("images"));
        laboratory.container("images", "/bin/busybox", "sh", "-c", """
                mkdir /tmp/www; cd /tmp/www
                echo 'QFI garbage' > broken.qcow2; printf 'QFI\\373' | cat - /dev/urandom | head -c 70000 > broken.qcow2
                qemu-img create -q -f qcow2 -b /etc/passwd -F raw backed.qcow2 4M
                exec /bin/busybox httpd -f -p 80 -h /tmp/www
                """);
        for (String image : new String[] {"broken", "backed"}) {
            laboratory.apply(Manifests.disk(
                    image, "8Mi", "http: {url: 'http://images.%s/%s.qcow2'}".formatted(laboratory.namespace(), image)));
        }

        laboratory.awaitDisk("broken", "ImageInvalid");
        laboratory.awaitDisk("backed", "BackingFileRefused");
    }

    @Test
    void a_clone_boots_and_leaves_its_parent_as_it_was(Laboratory laboratory) {
        laboratory.apply(Manifests.disk("golden", "128Mi", "containerImage: {image: 'kubehv/guest-tiny:1'}"));
        laboratory.awaitDisk("golden", "Ready");
        laboratory.apply(Manifests.disk("clone", "160Mi", "parent: {name: golden}"));
        laboratory.apply(Manifests.diskless("web", """
                  disks:
                  - name: root
                    virtualHardDisk: clone
                  networkAdapters:
                  - name: lan
                    ports: [{name: http, port: 80}]
                """).replace("64Mi", "256Mi"));
        Machine web = laboratory.machine("web");
        web.awaitGuest();
        web.write("only here");

        assertThat(web.console()).contains("sda=" + 160 * 1024 * 1024);
        laboratory.apply(Manifests.disk("sibling", "128Mi", "parent: {name: golden}"));
        laboratory.apply(Manifests.diskless("other", """
                  disks:
                  - name: root
                    virtualHardDisk: sibling
                  networkAdapters:
                  - name: lan
                    ports: [{name: http, port: 80}]
                """).replace("64Mi", "256Mi"));
        laboratory.machine("other").awaitGuest();
        assertThat(laboratory.machine("other").read()).doesNotContain("only here");
    }

    @Test
    void a_container_gets_a_volume_that_it_can_not_outgrow(Laboratory laboratory) {
        laboratory.apply(claim("small", "Filesystem", "32Mi"));
        laboratory.run("writer", pod("small", AS_ROOT, MOUNT));

        assertThat(laboratory.inContainer(
                        "writer",
                        "/bin/busybox",
                        "sh",
                        "-c",
                        "dd if=/dev/zero of=/volume/fill bs=1M count=64 2>&1; ls -l /volume/fill"))
                .contains("No space left");
    }

    @Test
    void a_containers_volume_grows_while_it_is_written(Laboratory laboratory) {
        // Large enough for XFS: what is smaller grows while mounted only where the node lets the driver do it.
        laboratory.apply(claim("data", "Filesystem", "320Mi"));
        laboratory.run("writer", pod("data", AS_ROOT, MOUNT));
        laboratory.inContainer("writer", "/bin/busybox", "sh", "-c", "echo kept > /volume/letter");
        long before = kibibytes(laboratory);

        laboratory.apply(claim("data", "Filesystem", "480Mi"));

        laboratory.await("the bigger volume", Laboratory.BOOT).untilAsserted(() -> {
            assertThat(kibibytes(laboratory)).isGreaterThan(before + 100 * 1024);
            assertThat(laboratory
                            .client()
                            .persistentVolumeClaims()
                            .inNamespace(laboratory.namespace())
                            .withName("data")
                            .get()
                            .getStatus()
                            .getCapacity()
                            .get("storage"))
                    .isEqualTo(new Quantity("480Mi"));
        });
        assertThat(laboratory.inContainer("writer", "/bin/busybox", "cat", "/volume/letter"))
                .isEqualTo("kept\n");
        assertThat(laboratory
                        .pod("writer")
                        .getStatus()
                        .getContainerStatuses()
                        .getFirst()
                        .getRestartCount())
                .isZero();
    }

    /** The size of the file system that the container sees. */
    private static long kibibytes(Laboratory laboratory) {
        return Long.parseLong(laboratory
                .inContainer("writer", "/bin/busybox", "sh", "-c", "df -P -k /volume | tail -n 1 | awk '{print $2}'")
                .strip());
    }

    @Test
    void a_container_gets_a_block_device_of_the_claims_size(Laboratory laboratory) {
        laboratory.apply(claim("raw", "Block", "16Mi"));
        laboratory.run("writer", pod("raw", AS_ROOT, "volumeDevices: [{name: volume, devicePath: /dev/volume}]"));

        assertThat(laboratory.inContainer("writer", "/bin/busybox", "sh", "-c", """
                        test -b /dev/volume && echo device
                        cat /dev/volume | wc -c
                        echo 'written to the device' | dd of=/dev/volume conv=notrunc 2>/dev/null
                        head -c 21 /dev/volume"""))
                .isEqualTo("device\n%d\nwritten to the device".formatted(16 << 20));
    }

    @Test
    void a_containers_user_writes_a_volume_by_the_pods_group(Laboratory laboratory) {
        laboratory.apply(claim("shared", "Filesystem", "32Mi"));
        laboratory.run("writer", pod("shared", "{runAsUser: 1000, runAsGroup: 1000, fsGroup: 4711}", MOUNT));

        assertThat(laboratory.inContainer(
                        "writer",
                        "/bin/busybox",
                        "sh",
                        "-c",
                        "echo mine > /volume/letter && stat -c '%u %g' /volume/letter"))
                .isEqualTo("1000 4711\n");
    }

    private static String claim(String name, String mode, String size) {
        return """
                apiVersion: v1
                kind: PersistentVolumeClaim
                metadata:
                  name: %s
                spec:
                  accessModes: [ReadWriteOnce]
                  volumeMode: %s
                  resources: {requests: {storage: %s}}
                """.formatted(name, mode, size);
    }

    private static String pod(String claim, String security, String use) {
        return """
                apiVersion: v1
                kind: Pod
                metadata:
                  name: writer
                spec:
                  terminationGracePeriodSeconds: 0
                  securityContext: %s
                  containers:
                  - name: main
                    image: %s
                    command: [/bin/busybox, sleep, "3600"]
                    %s
                  volumes:
                  - name: volume
                    persistentVolumeClaim: {claimName: %s}
                """.formatted(security, Cluster.CONTAINER_IMAGE, use, claim);
    }
}
