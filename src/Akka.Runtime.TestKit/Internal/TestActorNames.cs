namespace Akka.TestKit.Internal;

/// <summary>Names for test actors: one process may have many in one system.</summary>
internal static class TestActorNames
{
    private static int _number;

    public static string Next() => $"testActor{Interlocked.Increment(ref _number)}";
}
