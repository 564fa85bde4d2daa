using Akka.Broker.MultiNode.Checking;
using Akka.Broker.MultiNode.Lab;

namespace Akka.Broker.MultiNode.Trials;

/// <summary>
/// Faults under load, and the checker's word on what the clients saw.
/// <code>
///  topic ─▶ writer(s), tail reader, members ─▶ load flows ─▶ the faults ─▶ healed, in health ─▶ load flows ─▶ writers end ─▶ last reader to the end ─▶ check
/// </code>
/// </summary>
public sealed class Trial : IAsyncDisposable
{
    private const int Writer = 1;
    private const int AcksOneWriter = 2;
    private const int TailReader = 11;
    private const int LastReader = 12;
    private const int FirstMember = 21;
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(200);
    private readonly TrialOptions _options;
    private readonly string _folder;
    private readonly List<ClientProcess> _writers = [];
    private readonly List<ClientProcess> _readers = [];
    private readonly List<Fault> _faults = [];
    private readonly List<long> _measured = [];
    private int _reads;

    private Trial(Cluster cluster, string topic, TrialOptions options)
    {
        Cluster = cluster;
        Topic = topic;
        _options = options;
        _folder = Path.Combine(cluster.Folder, topic);
    }

    public Cluster Cluster { get; }

    public string Topic { get; }

    public string Group => $"{Topic}-group";

    /// <summary>Runs it and writes its line into the run's summary.</summary>
    public static async Task<TrialResult> RunAsync(Cluster cluster, string topic, TrialOptions options, Func<Trial, Task> faults)
    {
        await using var trial = new Trial(cluster, topic, options);
        cluster.UnsettledTrials++;
        await trial.StartLoadAsync();
        await faults(trial);
        var result = await trial.EndAsync();
        if (result.Verdict is { IsClean: true, GivenUp: 0 })
            cluster.UnsettledTrials--;
        await System.IO.File.AppendAllTextAsync(Path.Combine(RunFolder.Path, "summary.txt"), result + "\n");
        return result;
    }

    /// <summary>Notes the fault that is about to be made.</summary>
    /// <param name="what">In a few words.</param>
    /// <param name="measured">Whether the writer's silence at it counts.</param>
    public void Fault(string what, bool measured = true)
    {
        var fault = new Fault(Clock.NowNs, what);
        _faults.Add(fault);
        if (measured)
            _measured.Add(fault.AtNs);
    }

    /// <summary>Completes when the writer has had so many more acknowledgements.</summary>
    public async Task MoreAcksAsync(int count, TimeSpan? limit = null)
    {
        var enough = Acks + count;
        await _writers[0].LineAsync(l => l.StartsWith("acked ", StringComparison.Ordinal) && AckedOf(l) >= enough, limit);
    }

    /// <summary>Whether the writer has no acknowledgement at all for so long.</summary>
    public async Task<bool> IsSilentAsync(TimeSpan time)
    {
        // What was on its way, and the writer's habit of speaking twice a second.
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        var before = Acks;
        await Task.Delay(time);
        return Acks == before;
    }

    /// <summary>A reader that begins now gets to the end.</summary>
    public async Task ReadAllAsync()
    {
        await using var reader = Reader(TailReader + 100 + _reads, $"end-{++_reads}", "end");
        await reader.EndAsync(EndLimit);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _writers.Concat(_readers))
        {
            await client.DisposeAsync();
            await System.IO.File.AppendAllLinesAsync(Path.Combine(_folder, "errors.txt"), client.Errors.Select(e => $"{client}: {e}"));
        }
    }

    private int Acks => AckedOf(_writers[0].Lines.LastOrDefault(l => l.StartsWith("acked ", StringComparison.Ordinal)) ?? "acked 0");

    private static int AckedOf(string line) => int.Parse(line["acked ".Length..]);

    private async Task StartLoadAsync()
    {
        Directory.CreateDirectory(_folder);
        await Cluster.CreateTopicAsync(Topic, _options.Partitions, _options.Replicas, ("min.insync.replicas", $"{_options.MinInSync}"));
        _readers.Add(Reader(TailReader, "tail"));
        for (var member = 0; member < _options.Members; member++)
            _readers.Add(Client("member.py", Cluster.Bootstrap, Topic, Group, $"{FirstMember + member}", File($"member-{member}")));
        foreach (var member in _readers.Skip(1))
            await member.LineAsync(l => l.StartsWith("assigned ", StringComparison.Ordinal));
        _writers.Add(WriterProcess(Writer, "all"));
        if (_options.AlsoAcksOne)
            _writers.Add(WriterProcess(AcksOneWriter, "1"));
        await MoreAcksAsync(_options.Rate);
    }

    private async Task<TrialResult> EndAsync()
    {
        await Cluster.Network.HealAllAsync();
        await Cluster.WaitForHealthAsync(Topic, _options.HealLimit);
        await MoreAcksAsync(_options.Rate);
        foreach (var writer in _writers)
            await writer.StopAsync(EndLimit);
        await using (var last = Reader(LastReader, "end"))
            await last.EndAsync(EndLimit);
        foreach (var reader in _readers)
            await reader.StopAsync(EndLimit);

        var history = HistoryFile.Read(Directory.GetFiles(_folder, "*.history"));
        history.AddRange(_faults);
        var promised = history.Where(e => e is not Acked { Id.Writer: not Writer }).ToList();
        return new TrialResult(Topic, HistoryChecker.Check(history), Gaps(promised), _faults.Count);
    }

    /// <summary>Each silence is looked for until the next fault, and not behind the writer's end.</summary>
    private List<TimeSpan> Gaps(List<HistoryEvent> history)
    {
        var last = history.OfType<Acked>().Max(a => a.AtNs);
        var gaps = new List<TimeSpan>();
        for (var i = 0; i < _measured.Count; i++)
        {
            var end = Math.Min(i + 1 < _measured.Count ? _measured[i + 1] : last, _measured[i] + (long)_options.GapWindow.TotalNanoseconds);
            gaps.Add(AckGap.Around(history, _measured[i], TimeSpan.FromMicroseconds((end - _measured[i]) / 1000.0)).WorstPartition);
        }
        return gaps;
    }

    private ClientProcess WriterProcess(int writer, string acks) => Client(
        "writer.py", Cluster.Bootstrap, Topic, $"{_options.Partitions}", $"{writer}", File($"writer-{writer}"), acks, $"{_options.Rate}", $"{_options.RecordBytes}");

    private ClientProcess Reader(int reader, string mode) => Reader(reader, mode, mode);

    private ClientProcess Reader(int reader, string name, string mode) =>
        Client("reader.py", Cluster.Bootstrap, Topic, $"{_options.Partitions}", $"{reader}", File($"reader-{name}"), mode);

    private ClientProcess Client(string script, params string[] arguments) => ClientProcess.Start(Cluster.Network.ClientNamespace, script, arguments);

    private string File(string name) => Path.Combine(_folder, name + ".history");
}
