using System.Text.RegularExpressions;

namespace Akka.Broker.Tidy.Tests;

/// <summary>The habits that a compiler does not check. Each failure names the file and line.</summary>
public sealed partial class TidySpec
{
    private const int LinesMax = 600;

    // Past the ratchet with a reason; a row may only shrink or go.
    private static readonly Dictionary<string, int> LongFiles = [];

    [Fact]
    public void Time_and_chance_come_in_as_parameters_below_the_host()
    {
        string[] rooms = ["src/Akka.Broker.Protocol", "src/Akka.Broker.Storage", "src/Akka.Broker.Replication", "src/Akka.Broker.Coordination", "src/Akka.Broker.Connections", "src/Akka.Broker.Client", "src/Akka.Broker"];
        // Where the client is put together for an application: there is no host below it.
        const string Composition = "src/Akka.Broker.Client/BrokerClient.cs";
        NoLine(WallClockOrChance(), file => file.IsIn(rooms) && file.Path != Composition, "take a TimeProvider or a seeded Random as a parameter");
    }

    [Fact]
    public void Nothing_sleeps() =>
        NoLine(Sleep(), file => !file.IsIn("tests/Akka.Broker.Tidy.Tests"), "await the event itself");

    [Fact]
    public void Tests_without_processes_do_not_wait_for_time()
    {
        string[] withProcesses = ["tests/Akka.Broker.Clients.Tests", "tests/Akka.Broker.Cmd.Tests/Processes", "tests/Akka.Broker.MultiNode", "tests/Akka.Broker.Tidy.Tests", "tests/Benchmarks", "tests/Samples"];
        NoLine(Delay(), file => file.IsIn("tests") && !file.IsIn(withProcesses), "arm the wait before the trigger and await that");
    }

    [Fact]
    public void No_work_is_left_as_a_note() =>
        NoLine(Leftover(), file => !file.IsIn("tests/Akka.Broker.Tidy.Tests"), "do it, or open an issue");

    [Fact]
    public void Errors_are_not_swallowed() =>
        NoLine(EmptyCatch(), file => file.IsIn("src"), "say why nothing is to be done");

    [Fact]
    public void Files_stay_short()
    {
        var tooLong = SourceTree.Files
            .Where(f => f.Lines.Length > LongFiles.GetValueOrDefault(f.Path, LinesMax))
            .Select(f => $"{f.Path}: {f.Lines.Length} lines, at most {LongFiles.GetValueOrDefault(f.Path, LinesMax)}: split it by state or role");
        Assert.Empty(tooLong);
    }

    /// <summary>Akka.NET's own parser takes none of this, the bundled one does: a file with it would start a broker of one source only.</summary>
    [Fact]
    public void Shipped_configurations_say_nothing_that_only_the_bundled_parser_reads()
    {
        var files = new[] { "hocon", "docker", "src/Akka.Broker", "src/Akka.Broker.Client" }
            .SelectMany(room => Directory.EnumerateFiles(Path.Combine(SourceTree.Root, room), "*.conf"));
        var hits =
            from file in files
            from line in File.ReadLines(file)
            where BundledHocon().IsMatch(line)
            select $"{Path.GetRelativePath(SourceTree.Root, file)}: {line.Trim()}";
        Assert.Empty(hits);
    }

    private static void NoLine(Regex pattern, Func<SourceFile, bool> applies, string instead)
    {
        var hits =
            from file in SourceTree.Files.Where(applies)
            from line in file.Lines.Select((text, i) => (Text: text, Number: i + 1))
            where pattern.IsMatch(line.Text)
            select $"{file.Path}:{line.Number}: {line.Text.Trim()}: {instead}";
        Assert.Empty(hits);
    }

    [GeneratedRegex(@"DateTime(Offset)?\.(Utc)?Now\b|Stopwatch\.(StartNew|GetTimestamp)|new Random\(\)|Random\.Shared|Environment\.TickCount|TimeProvider\.System\b")]
    private static partial Regex WallClockOrChance();

    [GeneratedRegex(@"^[^#]*(\$\{\?|\+=)|^\s*include\b")]
    private static partial Regex BundledHocon();

    [GeneratedRegex(@"Thread\.Sleep")]
    private static partial Regex Sleep();

    [GeneratedRegex(@"Task\.Delay\(")]
    private static partial Regex Delay();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException")]
    private static partial Regex Leftover();

    [GeneratedRegex(@"catch( *\([A-Za-z]*\))? *\{ *\}")]
    private static partial Regex EmptyCatch();
}
