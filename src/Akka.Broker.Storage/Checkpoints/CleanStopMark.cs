using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Checkpoints;

/// <summary>
/// <c>.kafka_cleanshutdown</c>: the last stop was clean. It names the broker epoch of the life that left it (KIP-966), as Kafka writes it.
/// <code>
/// {"version":0,"brokerEpoch":1234}
/// </code>
/// Older ones are empty.
/// </summary>
internal static partial class CleanStopMark
{
    public static void Write(IDisk disk, string path, long brokerEpoch) => CheckpointFile.WriteWhole(
        disk, path, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"version\":0,\"brokerEpoch\":{brokerEpoch}}}")));

    /// <summary>-1 if there is none, or none that names an epoch.</summary>
    public static long Read(IDisk disk, string path)
    {
        if (!disk.FileExists(path))
            return -1;
        var match = BrokerEpoch().Match(Encoding.ASCII.GetString(CheckpointFile.ReadWhole(disk, path)));
        return match.Success && long.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) ? epoch : -1;
    }

    [GeneratedRegex("\"brokerEpoch\"\\s*:\\s*\"?([0-9]+)")]
    private static partial Regex BrokerEpoch();
}
