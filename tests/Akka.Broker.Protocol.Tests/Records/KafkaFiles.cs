using System.Globalization;
using System.Text.RegularExpressions;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Protocol.Tests.Records;

/// <summary>A segment that Apache Kafka 2.4.1 wrote, with what its own dump tool printed of it, as lines by the offset or position they are about.</summary>
public sealed record KafkaSegment(string Name, byte[] Log, IReadOnlyList<IReadOnlyDictionary<string, string>> Batches, IReadOnlyList<IReadOnlyDictionary<string, string>> Records)
{
    public IEnumerable<RecordBatch> ReadBatches()
    {
        for (var rest = Log.AsMemory(); RecordBatch.TryRead(rest, out var batch); rest = rest[batch.SizeInBytes..])
            yield return batch;
    }
}

/// <summary>Finds the golden folders beside the checkout.</summary>
public static partial class KafkaFiles
{
    public static string Root { get; } = FindRoot();

    public static bool IsPresent => Directory.Exists(Root);

    public static IReadOnlyList<KafkaSegment> Read(string folder)
    {
        Skip.IfNot(IsPresent, "SKIPPED: no folder ../shared/kafka-2.4.1-files beside the checkout");
        return Directory.GetFiles(Path.Combine(Root, folder), "*.log").Order(StringComparer.Ordinal).Select(ReadSegment).ToList();
    }

    private static KafkaSegment ReadSegment(string log)
    {
        var batches = new List<IReadOnlyDictionary<string, string>>();
        var records = new List<IReadOnlyDictionary<string, string>>();
        foreach (var line in File.ReadLines(Path.ChangeExtension(log, ".dump.txt")))
        {
            if (line.StartsWith("baseOffset:", StringComparison.Ordinal))
                batches.Add(Fields(line));
            else if (line.StartsWith("| ", StringComparison.Ordinal))
                records.Add(Fields(line[2..]));
        }

        return new KafkaSegment(Path.GetFileName(log), File.ReadAllBytes(log), batches, records);
    }

    /// <summary>A line is <c>name: value name: value …</c>; the last, <c>payload:</c>, may contain anything.</summary>
    private static Dictionary<string, string> Fields(string line)
    {
        var fields = new Dictionary<string, string>();
        var payload = line.IndexOf(" payload: ", StringComparison.Ordinal);
        if (payload >= 0)
        {
            fields["payload"] = line[(payload + " payload: ".Length)..];
            line = line[..payload];
        }

        foreach (Match match in Field().Matches(line))
            fields[match.Groups[1].Value] = match.Groups[2].Value;
        return fields;
    }

    public static long Number(this IReadOnlyDictionary<string, string> fields, string name) => long.Parse(fields[name], CultureInfo.InvariantCulture);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "..", "shared", "kafka-2.4.1-files");
            if (File.Exists(Path.Combine(folder.FullName, "Akka.Broker.sln")))
                return candidate;
        }

        return "";
    }

    [GeneratedRegex(@"(\w+): ?(.*?)(?= \w+: ?|$)")]
    private static partial Regex Field();
}
