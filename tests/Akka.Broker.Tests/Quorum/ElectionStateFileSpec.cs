using System.Text;
using Akka.Broker.Quorum;
using Akka.Broker.Replication.Quorum;
using Akka.Broker.Storage;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Tests.Quorum;

public sealed class ElectionStateFileSpec
{
    private const string Folder = "/log";
    private const string Path = "/log/quorum-state";
    private const string AsKafkaHasIt = """{"leaderId":1,"leaderEpoch":7,"votedId":2,"votedDirectoryId":"AAAAAQAAAAAAAAAAAAAAAg","data_version":1}""";
    private const string WhileShort = """{"leaderId":1,"leaderEpoch":7,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1,"owedEpoch":6,"owedOffset":5000000000}""";

    private readonly MemoryDisk _disk = new();

    public ElectionStateFileSpec() => _disk.CreateFolder(Folder);

    public static TheoryData<ElectionState, string> States => new()
    {
        { new ElectionState(7, new ReplicaKey(2, new Guid(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2)), 1), AsKafkaHasIt },
        { new ElectionState(7, null, 1, new LogPosition(6, 5_000_000_000)), WhileShort },
    };

    [Theory]
    [MemberData(nameof(States))]
    public void State_is_written_and_read_as_it_was(ElectionState state, string json)
    {
        ElectionStateFile.Write(_disk, Folder, state);

        Assert.Equal(json, Encoding.UTF8.GetString(_disk.ReadAll(Path)));
        Assert.Equal(state, ElectionStateFile.Read(_disk, Folder));
    }

    [Fact]
    public void A_write_that_was_under_way_when_another_owner_took_over_never_lands_on_its_vote()
    {
        var writer = new ElectionStateWriter();
        var (before, now) = (new object(), new object());
        writer.TakeOver(before);
        writer.TakeOver(now);
        var vote = new ElectionState(8, new ReplicaKey(3, Guid.Empty), -1);
        writer.Write(now, _disk, Folder, vote);

        Assert.Throws<StaleWriterException>(() => writer.Write(before, _disk, Folder, new ElectionState(8, new ReplicaKey(2, Guid.Empty), -1)));

        Assert.Equal(vote, ElectionStateFile.Read(_disk, Folder));
    }
}
