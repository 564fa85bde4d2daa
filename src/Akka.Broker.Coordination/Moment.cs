namespace Akka.Broker.Coordination;

/// <summary>
/// One point in time by both of the node's clocks. Deadlines are kept in <see cref="MonotonicMs"/>, which nobody sets back;
/// what is written to the log or compared with it is in <see cref="UnixMs"/>.
/// </summary>
public readonly record struct Moment(long UnixMs, long MonotonicMs);
