using System.Buffers;

namespace Akka.Actor;

/// <summary>The characters that an actor's name may have.</summary>
internal static class ActorPathChars
{
    public static readonly SearchValues<char> Valid =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%" + ActorPath.ValidSymbols);
}
