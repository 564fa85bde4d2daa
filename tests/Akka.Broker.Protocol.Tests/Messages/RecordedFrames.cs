using System.Globalization;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Protocol.Tests.Messages;

/// <summary>A frame that was recorded between a stock client and Apache Kafka 2.4.1, without its length field.</summary>
/// <param name="Source">File and line, for messages.</param>
/// <param name="IsRequest">Else a response.</param>
/// <param name="ApiKey">Of the request, or of the request that is answered.</param>
/// <param name="Version">Likewise.</param>
/// <param name="Bytes">Header and body.</param>
public sealed record RecordedFrame(string Source, bool IsRequest, ApiKey ApiKey, short Version, byte[] Bytes)
{
    public override string ToString() => $"{Source}: {ApiKey} v{Version} {(IsRequest ? "request" : "response")}";
}

/// <summary>The recorded frames of the folder <c>../shared/kafka-2.4.1-wire</c> beside the checkout.</summary>
public static class RecordedFrames
{
    /// <summary>Null if the folder is not there.</summary>
    public static IReadOnlyList<RecordedFrame>? Load()
    {
        var folder = FindFolder();
        return folder is null
            ? null
            : [.. from file in Directory.EnumerateFiles(folder, "*.frames").Order(StringComparer.Ordinal)
                  from line in File.ReadLines(file).Select((text, number) => (text, number))
                  where line.text.Length > 0
                  select Parse($"{Path.GetFileName(file)}:{line.number + 1}", line.text)];
    }

    private static RecordedFrame Parse(string source, string line)
    {
        var words = line.Split(' ');
        return new RecordedFrame(
            source,
            words[1] == ">",
            (ApiKey)short.Parse(words[2], CultureInfo.InvariantCulture),
            short.Parse(words[3], CultureInfo.InvariantCulture),
            Convert.FromHexString(words[4]));
    }

    private static string? FindFolder()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var folder = Path.Combine(at.FullName, "shared", "kafka-2.4.1-wire");
            if (Directory.Exists(folder))
                return folder;
        }

        return null;
    }
}
