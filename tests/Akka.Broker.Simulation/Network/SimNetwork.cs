using Akka.Broker.Simulation.Faults;
using Akka.Broker.Simulation.Kernel;

namespace Akka.Broker.Simulation.Network;

/// <summary>How bad the network is while the run is in its fault phase.</summary>
internal sealed record NetworkWeather
{
    public static readonly NetworkWeather Calm = new();

    public double LossRate { get; init; }

    public double DuplicateRate { get; init; }

    /// <summary>How often a message takes long, and so is overtaken by others.</summary>
    public double SlowRate { get; init; }

    public int SlowMaxMs { get; init; } = 50;
}

/// <summary>
/// Carries messages between addresses: nodes are their ids, clients are numbers from <see cref="FirstClient"/> on. Every message takes its own time, so they
/// overtake one another; some are lost, some arrive twice. A cut is one-way: what goes from one address to another disappears.
/// <para>
/// A request's answer comes at most once, and null when the time is up: what was asked may have happened all the same.
/// </para>
/// </summary>
internal sealed class SimNetwork(EventQueue events, FaultCounters faults, Random random)
{
    public const int FirstClient = 100;

    private readonly HashSet<(int From, int To)> _cuts = [];
    private readonly Dictionary<int, int> _confined = [];
    private readonly Dictionary<(int From, int To), long> _lastArrivalUs = [];
    private readonly Dictionary<(int From, int To), long> _newestArrived = [];
    private long _sent;

    public NetworkWeather Weather
    {
        get;
        set
        {
            field = value;
            SlowestMs = Math.Max(SlowestMs, value.SlowMaxMs);
        }
    } = NetworkWeather.Calm;

    /// <summary>No message of this run has taken longer, but for those that somebody holds.</summary>
    public int SlowestMs { get; private set; } = NetworkWeather.Calm.SlowMaxMs;

    /// <summary>Who is out for certain messages says how much longer they take, in microseconds.</summary>
    public Func<object, long>? Hold { get; set; }

    /// <summary>Finds who is at an address now; null if nobody is.</summary>
    public Func<int, INetworkAddress?> Resolve { get; set; } = _ => null;

    public bool IsCut(int from, int to) => _cuts.Contains((from, to)) || IsBarred(from, to) || IsBarred(to, from);

    public void Cut(int from, int to) => _cuts.Add((from, to));

    public void Mend(int from, int to) => _cuts.Remove((from, to));

    public void MendAll() => _cuts.Clear();

    /// <summary>The node and one other, and no further one, hear of each other, whatever is cut and mended besides; with itself: it hears nobody.</summary>
    public void Confine(int node, int with) => _confined[node] = with;

    public void Release(int node) => _confined.Remove(node);

    /// <summary>Says something; there is no answer.</summary>
    public void Post(INetworkAddress from, int to, object message) =>
        Send(from.Address, to, mayDouble: true, target => target.Receive(from.Address, message, static _ => { }), Hold?.Invoke(message) ?? 0);

    /// <summary>
    /// Asks; <paramref name="onReply"/> runs in the asker's life or never. What may not be doubled is carried as by one connection: once at most, and in the order
    /// in which it was sent.
    /// </summary>
    public void Ask(INetworkAddress from, int to, object request, long timeoutUs, Action<object?> onReply, bool mayDouble = true)
    {
        var isAnswered = false;
        Scheduled? timeout = null;
        timeout = events.After(timeoutUs, () => Answer(null), from);
        Send(from.Address, to, mayDouble, target =>
        {
            if (target.IsAlive)
                target.Receive(from.Address, request, reply => Send(to, from.Address, mayDouble: false, back => OnReply(back, reply)));
        });

        void OnReply(INetworkAddress back, object reply)
        {
            // A restarted asker does not know of what its former life asked.
            if (ReferenceEquals(back, from) && from.IsAlive)
                Answer(reply);
        }

        void Answer(object? reply)
        {
            if (isAnswered)
                return;
            isAnswered = true;
            timeout?.Cancel();
            onReply(reply);
        }
    }

    private bool IsBarred(int node, int other) => other < FirstClient && other != node && _confined.TryGetValue(node, out var with) && with != other;

    private void Send(int from, int to, bool mayDouble, Action<INetworkAddress> deliver, long holdUs = 0)
    {
        if (IsCut(from, to))
            return;
        if (from != to && random.NextDouble() < Weather.LossRate)
        {
            faults.Count(FaultKind.MessageLost);
            return;
        }
        Carry(from, to, deliver, inOrder: !mayDouble, holdUs);
        if (mayDouble && from != to && random.NextDouble() < Weather.DuplicateRate)
        {
            faults.Count(FaultKind.MessageDoubled);
            Carry(from, to, deliver, inOrder: false);
        }
    }

    private void Carry(int from, int to, Action<INetworkAddress> deliver, bool inOrder, long holdUs = 0)
    {
        var delayUs = (from == to ? 20 : 200 + random.Next(800)) + holdUs;
        if (from != to && Weather.SlowRate > 0 && random.NextDouble() < Weather.SlowRate)
        {
            faults.Count(FaultKind.MessageDelayed);
            delayUs += random.Next(Weather.SlowMaxMs * 1000);
        }
        if (inOrder)
        {
            var arrival = Math.Max(events.NowUs + delayUs, _lastArrivalUs.GetValueOrDefault((from, to)) + 1);
            _lastArrivalUs[(from, to)] = arrival;
            delayUs = arrival - events.NowUs;
        }
        var order = _sent++;
        events.After(delayUs, () => Arrive(from, to, order, deliver));
    }

    private void Arrive(int from, int to, long order, Action<INetworkAddress> deliver)
    {
        if (IsCut(from, to) || Resolve(to) is not { IsAlive: true } target)
            return;
        if (_newestArrived.GetValueOrDefault((from, to)) > order)
            faults.Count(FaultKind.MessageReordered);
        else
            _newestArrived[(from, to)] = order;
        if (target.PausedUntilUs > events.NowUs)
            events.After(0, () => deliver(target), target);
        else
            deliver(target);
    }
}

/// <summary>One life of a node or client.</summary>
internal interface INetworkAddress : ILifetime
{
    int Address { get; }

    /// <summary>Takes a request; <paramref name="reply"/> may be called later, once, or never.</summary>
    void Receive(int from, object request, Action<object> reply);
}
