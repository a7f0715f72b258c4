-- Snapshots of before do not know whether a thread's name is a generated one. They are made again.

DELETE FROM snapshots WHERE aggregate_type = 'thread';
