using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Protocol.Tests.Messages;

/// <summary>
/// The bytes of every message in every version, one line each, in <c>golden-messages.txt</c>: no change of schema or generator changes what was on a
/// wire or a disk before without a diff in that file. After adding a version, write the file anew and read the diff: only lines may be added.
/// <code>AKKA_BROKER_WRITE_GOLDEN=1 dotnet test tests/Akka.Broker.Protocol.Tests --filter GoldenBytesSpec</code>
/// </summary>
public sealed class GoldenBytesSpec
{
    private const string FileName = "golden-messages.txt";

    /// <summary>In the place of the bytes of a message that has none.</summary>
    private const string Nothing = "-";

    private const string WriteVariable = "AKKA_BROKER_WRITE_GOLDEN";

    [Fact]
    public void Every_message_in_every_version_has_the_bytes_that_it_always_had()
    {
        var lines = Schemas.MessageVersions.Select(mv => Line(mv.Message.ClassName, mv.Version, Write(mv.Message, mv.Version))).Order(StringComparer.Ordinal).ToList();
        if (Environment.GetEnvironmentVariable(WriteVariable) is not null)
            File.WriteAllLines(SourcePath(), lines);
        else
            Assert.Equal(Golden(), lines);
    }

    [Fact]
    public void Golden_bytes_are_read_and_written_back()
    {
        var messages = Schemas.Definitions.SelectMany(d => d.Messages).ToDictionary(m => m.ClassName);
        foreach (var words in Golden().Select(l => l.Split(' ')))
        {
            var version = short.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture);
            var message = MessageMapper.Create(messages[words[0]]);
            var bytes = words[2] == Nothing ? [] : Convert.FromHexString(words[2]);
            var reader = new MessageReader(bytes);
            message.Read(ref reader, version);
            reader.ExpectEnd();
            using var writer = new MessageWriter();
            message.Write(writer, version);
            Assert.Equal(bytes, writer.ToArray());
        }
    }

    private static byte[] Write(Generator.Message schema, short version)
    {
        var message = MessageMapper.Create(schema);
        MessageMapper.Fill(message, ValueMaker.Filled().Make(schema, version));
        using var writer = new MessageWriter();
        message.Write(writer, version);
        return writer.ToArray();
    }

    private static string Line(string name, short version, byte[] bytes) => $"{name} {version:D2} {(bytes.Length == 0 ? Nothing : Convert.ToHexStringLower(bytes))}";

    private static List<string> Golden()
    {
        if (Environment.GetEnvironmentVariable(WriteVariable) is not null)
            return [];
        using var text = new StreamReader(typeof(GoldenBytesSpec).Assembly.GetManifestResourceStream(FileName)!);
        return [.. text.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    private static string SourcePath()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var folder = Path.Combine(at.FullName, "tests", "Akka.Broker.Protocol.Tests", "Messages");
            if (Directory.Exists(folder))
                return Path.Combine(folder, FileName);
        }

        throw new InvalidOperationException("No checkout above the test's folder.");
    }
}
