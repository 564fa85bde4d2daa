using System.Text.Json;
using System.Text.Json.Nodes;
using Akka.Broker.Replication.Quorum;
using Akka.Broker.Storage;
using Akka.Broker.Storage.Checkpoints;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Quorum;

/// <summary>
/// <c>quorum-state</c> in the metadata log's folder: what this voter must not forget, in Kafka's form.
/// <code>
/// {"leaderId":1,"leaderEpoch":7,"votedId":2,"votedDirectoryId":"mJk1xVbHT2WcRQDRZPYqBA","data_version":1}     (-1: nobody)
/// </code>
/// While the log is short of what must be in it, there are <c>owedEpoch</c> and <c>owedOffset</c> besides: the position that it must reach.
/// Written beside the old one, synced and moved over it: a crash leaves the one or the other.
/// </summary>
internal static class ElectionStateFile
{
    public const string Name = "quorum-state";

    /// <summary>Null if there is none.</summary>
    /// <exception cref="CorruptFileException">It is no such file. A voter without its memory must not vote: nothing is made up for it.</exception>
    public static ElectionState? Read(IDisk disk, string folder)
    {
        var path = Path.Combine(folder, Name);
        if (!disk.FileExists(path))
            return null;
        try
        {
            var json = JsonNode.Parse(ReadWhole(disk, path))!.AsObject();
            var votedId = (int)(json["votedId"] ?? -1);
            var directory = Guid.Empty;
            if (votedId >= 0 && (string?)json["votedDirectoryId"] is { } text && !KafkaUuid.TryParse(text, out directory))
                throw new FormatException($"votedDirectoryId is '{text}'");
            LogPosition? owed = json["owedOffset"] is { } offset ? new LogPosition((int)json["owedEpoch"]!, (long)offset) : null;
            return new ElectionState((int)json["leaderEpoch"]!, votedId < 0 ? null : new ReplicaKey(votedId, directory), (int)(json["leaderId"] ?? -1), owed);
        }
        catch (Exception cause) when (cause is JsonException or FormatException or InvalidOperationException or NullReferenceException)
        {
            throw new CorruptFileException(path, $"it must be a JSON object with leaderId, leaderEpoch and votedId ({cause.Message})");
        }
    }

    public static void Write(IDisk disk, string folder, ElectionState state)
    {
        var json = new JsonObject
        {
            ["leaderId"] = state.LeaderId,
            ["leaderEpoch"] = state.Epoch,
            ["votedId"] = state.VotedFor?.Id ?? -1,
            ["votedDirectoryId"] = KafkaUuid.Format(state.VotedFor?.DirectoryId ?? Guid.Empty),
            ["data_version"] = 1,
        };
        if (state.Owed is { } owed)
            (json["owedEpoch"], json["owedOffset"]) = (owed.Epoch, owed.Offset);
        var path = Path.Combine(folder, Name);
        var next = path + ".tmp";
        using (var file = disk.Open(next, DiskFileMode.Create))
        {
            file.Write(0, JsonSerializer.SerializeToUtf8Bytes(json));
            file.Sync();
        }
        disk.Move(next, path);
        disk.SyncFolder(folder);
    }

    private static byte[] ReadWhole(IDisk disk, string path)
    {
        using var file = disk.Open(path, DiskFileMode.Open);
        var bytes = new byte[file.Length];
        return bytes[..file.Read(0, bytes)];
    }
}
