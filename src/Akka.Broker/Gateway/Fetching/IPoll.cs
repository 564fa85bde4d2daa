namespace Akka.Broker.Gateway.Fetching;

/// <summary>A fetch that waits. Any thread may hurry it, also when it is over.</summary>
internal interface IPoll
{
    /// <summary>How long a moment is, in ms; a timer that ticks adds up to a tick of its own.</summary>
    const int SoonMs = 10;

    /// <summary>It is over, whatever there is to be read: somebody wants the answer now.</summary>
    void Hurry();

    /// <summary>It is over in a moment, unless something ends it before: there is something to be told that is worth no answer of its own.</summary>
    void HurrySoon();
}
