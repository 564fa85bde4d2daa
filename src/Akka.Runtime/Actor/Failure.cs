namespace Akka.Actor;

/// <summary>An older way to answer with an exception; <see cref="Status.Failure"/> is the usual one.</summary>
public class Failure
{
    public Exception? Exception { get; set; }

    public DateTime Timestamp { get; set; }
}
