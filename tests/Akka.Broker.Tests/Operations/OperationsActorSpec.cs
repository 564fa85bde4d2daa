using System.Threading.Channels;
using Akka.Actor;
using Akka.Broker.Groups;
using Akka.Broker.Operations;
using Akka.Broker.Storage;
using Akka.Broker.Storage.Disks;
using Akka.Broker.Tests.Gateway;
using Akka.Tests;

namespace Akka.Broker.Tests.Operations;

/// <summary>What a node tells and does for operators who are connected to another one.</summary>
public sealed class OperationsActorSpec : PatientTestKit
{
    private readonly ManualTime _time = new();
    private readonly GroupHistory _history = new();
    private readonly Channel<string> _stops = Channel.CreateUnbounded<string>();
    private readonly LogManager _logs;
    private readonly IActorRef _operations;

    public OperationsActorSpec()
    {
        _logs = LogManager.Open(new LogManagerOptions { DataFolders = ["data"], NodeId = 1, Disk = new MemoryDisk(), Time = _time, Random = new Random(1) });
        _operations = Sys.ActorOf(OperationsActor.Props(_logs, _history, reason => _stops.Writer.TryWrite(reason), _time));
    }

    [Fact]
    public async Task Tells_what_became_of_a_group_and_which_folders_are_nobodys()
    {
        _history.Add("readers", 7, "was made");

        Assert.Equal(["7", "was made"], Assert.Single((await AskAsync(NodeSubjects.GroupHistory, "readers")).Rows));
        Assert.Empty((await AskAsync(NodeSubjects.Strays)).Rows);
    }

    [Fact]
    public async Task Says_what_it_can_be_asked_to_whoever_asks_for_something_else() =>
        Assert.Matches("cannot be asked 'secrets'; allowed: strays, group-history, .*, stop", (await AskAsync("secrets")).Problem);

    [Fact]
    public async Task Stops_in_order_for_the_given_reason_when_the_answer_is_on_its_way()
    {
        Assert.Null((await AskAsync(NodeSubjects.Stop, "it is old")).Problem);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("it is old", await _stops.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20)));
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _logs.Dispose();
    }

    private Task<NodeInspected> AskAsync(string subject, string argument = "") => _operations.Ask<NodeInspected>(new InspectNode(subject, argument), TimeSpan.FromSeconds(20));
}
