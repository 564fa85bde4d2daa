using System.Globalization;
using System.Text.RegularExpressions;
using Akka.Broker.Clients.Tests.Support;
using Xunit.Abstractions;

namespace Akka.Broker.Clients.Tests;

/// <summary>
/// Partition folders that Apache Kafka 2.4.1 wrote (<c>../shared/kafka-2.4.1-files</c>), put into an empty broker's data folder: it serves them to stock
/// clients as Kafka's own dumps say, and appends to them.
/// </summary>
public sealed partial class KafkaFoldersSpec(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly string Fixtures = Path.Combine(Repository.Root, "..", "shared", "kafka-2.4.1-files");
    private readonly TempFolder _folder = new();
    private BrokerProcess? _broker;

    public async Task InitializeAsync()
    {
        if (!Directory.Exists(Fixtures))
            return;
        foreach (var partition in Directory.GetDirectories(Fixtures))
            Copy(partition, Path.Combine(_folder.File("data"), Path.GetFileName(partition)));
        _broker = await BrokerProcess.StartAsync(_folder.File("data"));
    }

    public async Task DisposeAsync()
    {
        if (_broker is not null)
            await _broker.DisposeAsync();
        _folder.Dispose();
    }

    [SkippableTheory]
    [InlineData("fx-plain")]
    [InlineData("fx-gzip")]
    [InlineData("fx-snappy")]
    [InlineData("fx-lz4")]
    [InlineData("fx-zstd")]
    [InlineData("fx-headers")]
    [InlineData("fx-idempotent")]
    [InlineData("fx-logappend")]
    [InlineData("fx-transactions")]
    public async Task A_folder_of_kafka_is_served_and_appended_to(string topic)
    {
        SkipWithoutFixtures();
        var dumped = Dumped(topic);

        Assert.Equal(dumped.Select(r => r.Line), await ConsumeAsync(topic, "read_uncommitted"));
        Assert.Equal(dumped.Where(r => !r.IsAborted).Select(r => r.Line), await ConsumeAsync(topic, "read_committed"));

        (await Tool.RunShellAsync($"echo appended | kcat -b {_broker!.Bootstrap} -P -t {topic} -p 0")).MustSucceed();
        Assert.EndsWith(" appended", (await ConsumeAsync(topic, "read_committed"))[^1]);
    }

    private void SkipWithoutFixtures()
    {
        if (_broker is null)
            output.WriteLine($"SKIPPED: the folders that a real Kafka wrote are not at {Fixtures}.");
        Skip.If(_broker is null, "The folders that a real Kafka wrote are absent.");
    }

    private async Task<string[]> ConsumeAsync(string topic, string isolation) =>
        (await Tool.RunAsync(
            "kcat", "-b", _broker!.Bootstrap, "-C", "-t", topic, "-p", "0", "-o", "beginning", "-e", "-q", "-X", $"isolation.level={isolation}", "-f", "%o %T %K %k %S %s\\n"))
        .MustSucceed().Lines;

    /// <summary>The data records that Kafka's dump tool lists, as kcat prints them; an aborted transaction's records have the key "abort".</summary>
    private static List<(string Line, bool IsAborted)> Dumped(string topic) =>
        [.. Directory.GetFiles(Path.Combine(Fixtures, topic + "-0"), "*.dump.txt").Order(StringComparer.Ordinal)
            .SelectMany(File.ReadLines)
            .Select(line => RecordLine().Match(line))
            .Where(match => match.Success && !match.Groups["rest"].Value.Contains("endTxnMarker", StringComparison.Ordinal))
            .Select(match => (Printed(match), match.Groups["rest"].Value.StartsWith("key: abort ", StringComparison.Ordinal)))];

    private static string Printed(Match record)
    {
        var rest = record.Groups["rest"].Value;
        var payloadAt = rest.IndexOf("payload:", StringComparison.Ordinal);
        var key = rest.StartsWith("key: ", StringComparison.Ordinal) ? (payloadAt < 0 ? rest[5..] : rest[5..payloadAt]).Trim() : "";
        var value = payloadAt < 0 ? "" : rest[(payloadAt + "payload: ".Length)..];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{record.Groups["offset"].Value} {record.Groups["time"].Value} {record.Groups["keysize"].Value} {key} {record.Groups["valuesize"].Value} {value}");
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from).Where(f => !f.EndsWith(".dump.txt", StringComparison.Ordinal)))
        {
            var copy = Path.Combine(to, Path.GetFileName(file));
            File.Copy(file, copy);
            File.SetUnixFileMode(copy, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    [GeneratedRegex(@"^\| offset: (?<offset>\d+) \w+Time: (?<time>\d+) keysize: (?<keysize>-?\d+) valuesize: (?<valuesize>-?\d+) sequence: -?\d+ headerKeys: \[[^\]]*\] ?(?<rest>.*)$")]
    private static partial Regex RecordLine();
}
