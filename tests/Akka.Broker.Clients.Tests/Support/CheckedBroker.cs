namespace Akka.Broker.Clients.Tests.Support;

/// <summary>
/// One broker for all tests of a class, with short periods and no waiting for members, and the runner of the checks that are written in Python, the
/// language that most stock clients share: <c>python/SCRIPT BOOTSTRAP CHECK</c>.
/// </summary>
public sealed class CheckedBroker : IAsyncLifetime
{
    public static readonly string[] Settings =
    [
        "akka.broker.auto.create.topics.enable=false",
        "akka.broker.group.initial.rebalance.delay.ms=0",
        "akka.broker.group.min.session.timeout.ms=500",
        "akka.broker.log.retention.check.interval.ms=200",
        "akka.broker.log.file.delete.delay.ms=200",
        "akka.broker.offsets.topic.num.partitions=3",
    ];

    private readonly TempFolder _folder = new();
    private BrokerProcess _broker = null!;

    public string DataFolder => _folder.File("data");

    public string Bootstrap => _broker.Bootstrap;

    public async Task InitializeAsync() => _broker = await BrokerProcess.StartAsync(DataFolder, Settings);

    public async Task DisposeAsync()
    {
        await _broker.DisposeAsync();
        _folder.Dispose();
    }

    public async Task CheckAsync(string script, string check, params string[] arguments)
    {
        var end = (await Python.RunAsync(script, [Bootstrap, check, .. arguments])).MustSucceed();
        Assert.Equal($"ok {check}", end.Lines[^1]);
    }
}
