package io.jbpf.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeDirectoryTest {
    @TempDir
    private Path directory;

    private Path name;
    private WholeDirectory whole;
    private int looks;

    @BeforeEach
    void fill() throws IOException {
        name = Files.createFile(directory.resolve("name"));
        whole = new WholeDirectory(directory);
    }

    private void changedAgo(Duration time) throws IOException {
        Files.setLastModifiedTime(directory, FileTime.from(Instant.now().minus(time)));
    }

    private boolean isWhole() {
        return whole.isWhole(() -> {
            looks++;
            return Files.exists(name);
        });
    }

    @Test
    void whatStaysAsItIsIsLookedAtOnce() throws IOException {
        changedAgo(Duration.ofSeconds(5));
        assertThat(isWhole()).isTrue();
        assertThat(isWhole()).isTrue();
        assertThat(looks).isEqualTo(1);
    }

    @Test
    void whatChangesIsLookedAtAgain() throws IOException {
        changedAgo(Duration.ofSeconds(5));
        assertThat(isWhole()).isTrue();
        Files.delete(name);
        assertThat(isWhole()).isFalse();
        Files.createFile(name);
        changedAgo(Duration.ofSeconds(4));
        assertThat(isWhole()).isTrue();
        assertThat(isWhole()).isTrue();
        assertThat(looks).isEqualTo(3);
    }

    /** Something may have gone in the same tick of the kernel's clock. */
    @Test
    void whatHasJustChangedIsLookedAtAgain() throws IOException {
        changedAgo(Duration.ZERO);
        assertThat(isWhole()).isTrue();
        assertThat(isWhole()).isTrue();
        assertThat(looks).isEqualTo(2);
    }

    @Test
    void whatIsMissingIsLookedForAgain() throws IOException {
        Files.delete(name);
        changedAgo(Duration.ofSeconds(5));
        assertThat(isWhole()).isFalse();
        assertThat(isWhole()).isFalse();
        assertThat(looks).isEqualTo(2);
    }

    @Test
    void aDirectoryThatIsGoneIsNotWhole() throws IOException {
        changedAgo(Duration.ofSeconds(5));
        assertThat(isWhole()).isTrue();
        Files.delete(name);
        Files.delete(directory);
        assertThat(isWhole()).isFalse();
    }
}
