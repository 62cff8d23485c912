// A turn: what a reader does with the messages that came together. Who has something to write because of them
// writes once, when all of them are dealt with, without waking its writer and without a way through the scheduler.
//
// One thread, the loop's. A turn never awaits.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <vector>

namespace platform {

class TurnEnd;

/// The turns of one loop, kept by its io_context.
class Turns final : public boost::asio::execution_context::service {
  public:
    using key_type = Turns;

    explicit Turns(boost::asio::execution_context& context) : service{context} {}
    static Turns& of(const boost::asio::any_io_executor& executor);

    /// `who` is called when the running turn ends. False: none is running; `who` has to see to it itself.
    bool at_end(TurnEnd& who);

  private:
    friend class Turn;
    friend class TurnEnd;
    void end();
    void shutdown() override {}

    int depth_ = 0;
    std::vector<TurnEnd*> waiting_;  // null: called, or gone meanwhile
};

/// Something that writes at the end of a turn.
class TurnEnd {
  public:
    explicit TurnEnd(Turns& turns) : turns_{turns} {}
    TurnEnd(const TurnEnd&) = delete;
    TurnEnd& operator=(const TurnEnd&) = delete;

    /// The turn is over. Who asks for it now, itself included, is called behind those that asked before. May not
    /// throw: without memory the process ends here (platform/no_memory.hpp).
    virtual void at_turn_end() = 0;

  protected:
    ~TurnEnd();  // it is no longer waited for

    Turns& turns_;
};

/// Lasts as long as the object. A turn that begins within another one is a part of that.
class Turn {
  public:
    explicit Turn(Turns& turns) : turns_{turns} { ++turns_.depth_; }
    ~Turn() { turns_.end(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

  private:
    Turns& turns_;
};

}  // namespace platform
